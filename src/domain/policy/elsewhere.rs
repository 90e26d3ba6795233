//! What is configured and is no rule: it stands in the file or the environment of the server, and nobody
//! changes it while the server runs.

/// Its keys.
const KEYS: &[&str] = &[
    "listen",
    "data",
    "log",
    "log_format",
    "admin_password_file",
    "second_factor_key_file",
    "ssh.login_grace",
    "ssh.failed_proofs",
    "ssh.rejection_delay",
    "ssh.banner",
    "ssh.pq_only",
    "ssh.connections",
    "ssh.unauthenticated_per_source",
    "ssh.unauthenticated_start",
    "ssh.unauthenticated_drop_percent",
    "ssh.unauthenticated_full",
    "ssh.connections_per_second",
    "ssh.connections_burst",
    "ssh.channels",
    "ssh.keepalive_interval",
    "ssh.keepalive_max",
    "ssh.stall_timeout",
    "ssh.input_bytes_per_second",
    "ssh.exec_bytes",
    "ssh.columns_max",
    "ssh.rows_max",
    "ssh.frames_per_second",
    "ssh.shutdown_grace",
    "hashing.threads",
    "hashing.queue",
    "store.cache_mib",
];

/// Whether a key is one of the configuration that is no rule.
pub fn is_configured(key: &str) -> bool {
    KEYS.contains(&key)
}
