/// The service behind the guard, as responses and log lines name it.
package struct GuardedService: Sendable {
    /// The value of the header field `Server`.
    package let name: String
    /// The path of the health check, which gets a response even beyond the limits; `nil` without one.
    let healthPath: String?
    /// The name under which the operator sets a limit.
    let limitName: @Sendable (ConnectionLimits.Limit) -> String

    package init(
        name: String, healthPath: String? = nil, limitName: @escaping @Sendable (ConnectionLimits.Limit) -> String
    ) {
        self.name = name
        self.healthPath = healthPath
        self.limitName = limitName
    }
}
