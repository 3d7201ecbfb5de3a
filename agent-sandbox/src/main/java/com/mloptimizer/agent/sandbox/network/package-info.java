/** Networks as they are on bad days, for tests of what the agent does then. */
package com.mloptimizer.agent.sandbox.network;
