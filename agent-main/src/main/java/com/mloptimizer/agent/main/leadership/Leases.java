package com.mloptimizer.agent.main.leadership;

import java.time.Duration;

/** The calls about one Lease. None takes longer than it is given, and none throws. */
interface Leases {

  LeaseReply read(Duration atMost);

  /** Makes it; {@link LeaseReply.Conflict} if there is one. */
  LeaseReply create(Lease lease, Duration atMost);

  /** Writes it if nobody has since it was read. */
  LeaseReply replace(Lease lease, Duration atMost);
}
