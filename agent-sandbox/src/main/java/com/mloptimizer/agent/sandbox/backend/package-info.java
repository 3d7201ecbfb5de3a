/**
 * The other side of the protocol, for trying out and for tests: {@link
 * com.mloptimizer.agent.sandbox.backend.ReferenceBackend} answers the agent's HTTP calls, holds its
 * WebSocket, signs actions and configurations, and keeps what it got in bounded memory, where tests
 * wait for it with a deadline. It is strict about what the protocol demands of an agent, and can be
 * told to misbehave in every way that the protocol expects an agent to survive.
 */
package com.mloptimizer.agent.sandbox.backend;
