/**
 * The WebSocket between agent and backend (protocol section 2). {@link
 * com.mloptimizer.agent.ws.WebSocketComponent} connects, again and again if it must; each time a
 * session says hello and then, on the component's one thread, takes what came in from a bounded
 * queue and sends what waits in {@link com.mloptimizer.agent.ws.FrameOutbox}. The library beneath
 * reads and writes on threads of its own and trusts its peer; what stands between it and the
 * session makes sure that no peer, however it behaves, costs more than a bounded amount of memory
 * and time.
 */
package com.mloptimizer.agent.ws;
