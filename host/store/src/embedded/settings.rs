//! How the server is set: safe first, and small, since it shares a machine with its host. Who wants to tune a server
//! runs one of their own. All of it is on the command line, so that the cluster's own files never disagree.

use std::path::Path;

/// What never differs.
const SETTINGS: &[(&str, &str)] = &[
    ("unix_socket_permissions", "0700"),
    ("max_connections", "50"),
    // Memory: what is not used is not touched.
    ("shared_buffers", "128MB"),
    ("work_mem", "4MB"),
    ("maintenance_work_mem", "32MB"),
    ("effective_cache_size", "512MB"),
    // A reply that was committed is on the disk.
    ("synchronous_commit", "on"),
    // Statements are short; planning for more workers or compiling them costs more than it gives.
    ("jit", "off"),
    ("max_parallel_workers_per_gather", "0"),
    ("random_page_cost", "1.1"),
    // Checkpoints far apart and spread out, segments reused rather than made, so that no commit waits for them.
    ("checkpoint_timeout", "15min"),
    ("max_wal_size", "1GB"),
    ("min_wal_size", "256MB"),
    ("wal_compression", "on"),
    // Enough for a base backup, and no more.
    ("wal_level", "replica"),
    ("max_wal_senders", "2"),
    ("max_replication_slots", "2"),
    ("max_logical_replication_workers", "0"),
    // Queues change the same rows again and again.
    ("autovacuum_naptime", "15s"),
    ("autovacuum_vacuum_scale_factor", "0.05"),
    // What a caller did wrong is the caller's to report: the log has what the server has to say of itself, and no
    // statement with its values.
    ("log_min_messages", "log"),
    ("log_min_error_statement", "panic"),
    ("log_checkpoints", "off"),
    ("log_line_prefix", ""),
    ("lc_messages", "C"),
    ("log_timezone", "UTC"),
    ("timezone", "UTC"),
    ("cluster_name", "cloister"),
];

/// The server's command line. It is reached through the socket alone, unless `listen` has an address.
pub(super) fn arguments(
    cluster: &Path,
    socket_dir: &Path,
    listen: &str,
    durable: bool,
) -> Vec<String> {
    let switch = if durable { "on" } else { "off" };
    let chosen = [
        ("listen_addresses", listen.to_owned()),
        ("unix_socket_directories", socket_dir.display().to_string()),
        ("fsync", switch.to_owned()),
        ("full_page_writes", switch.to_owned()),
    ];
    let fixed = SETTINGS
        .iter()
        .map(|(name, value)| format!("{name}={value}"));
    let chosen = chosen.iter().map(|(name, value)| format!("{name}={value}"));
    let settings = fixed
        .chain(chosen)
        .flat_map(|setting| ["-c".to_owned(), setting]);
    ["-D".to_owned(), cluster.display().to_string()]
        .into_iter()
        .chain(settings)
        .collect()
}
