/**
 * Whom the agent trusts, and what it shows of itself, when it speaks TLS with the backend. The
 * authorities that the Java runtime ships are trusted, and those of a bundle besides; a client
 * certificate is shown if there is one. All of them are PEM files, as Kubernetes mounts them, and
 * are read again when they change: connections made from then on use the new ones, without a
 * restart. TLS 1.2 and 1.3 are spoken, and the certificate's names are always checked, by whoever
 * makes the connection.
 */
package com.mloptimizer.agent.core.tls;
