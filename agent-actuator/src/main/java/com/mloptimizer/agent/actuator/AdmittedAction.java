package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.core.action.Action;
import com.mloptimizer.agent.core.action.ActionInbox.Source;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;

/** An action whose envelope was verified and that waits to be claimed in the journal. */
record AdmittedAction(Action action, ReceivedEnvelope envelope, Source source) {}
