/// The state of the service, as its first page shows it.
enum ServiceState: Sendable {
    /// The database was reachable at the last check.
    case healthy
    /// The database was unreachable at the last check, or refuses to let the service read.
    case unhealthy
    /// The service runs in documentation-only mode and needs no database.
    case documentationOnly
}
