package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.core.action.ActionId;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * The actions that this process is busy with, from the moment they are let in until their result is
 * in the journal: what is here is neither taken up from the journal again nor claimed twice, and
 * can be cancelled. Safe for use by several threads.
 */
final class InHand {
  private final ConcurrentMap<ActionId, Job> jobs = new ConcurrentHashMap<>();

  /** Adds the job unless there is one of its id. */
  boolean add(Job job) {
    return jobs.putIfAbsent(job.id(), job) == null;
  }

  /** The job of that id. */
  Optional<Job> find(ActionId id) {
    return Optional.ofNullable(jobs.get(id));
  }

  /** Whether this very job is here. */
  boolean has(Job job) {
    return jobs.get(job.id()) == job;
  }

  boolean isEmpty() {
    return jobs.isEmpty();
  }

  /** Removes this very job. */
  void remove(Job job) {
    jobs.remove(job.id(), job);
    job.dropped();
  }
}
