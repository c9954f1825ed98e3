public import Configuration
import DocumentationPages
public import HTTPGuard

extension ServiceConfiguration {
    /// The log lines about a service that starts: its protection, TLS, the pages, the database and its user, and the limits that differ
    /// from their defaults.
    ///
    /// - Throws: ``ConfigurationError``.
    public func startReport(_ environment: ConfigReader) throws(ConfigurationError) -> [String] {
        let protection =
            access.map { "protection: the access file \($0.file)" }
            ?? "protection: open to everybody, since \(EnvironmentVariable.accessFile.name) is not set"
        return [
            protection, StartReport.tls(tls), StartReport.pages(renderers),
            "database: \(database.databaseName) on \(database.servers) as user \(database.user)",
            try StartReport.limits(environment, limits),
        ]
    }
}

extension DocumentationConfiguration {
    /// The log lines about a service that starts in documentation-only mode.
    ///
    /// - Throws: ``ConfigurationError``.
    public func startReport(_ environment: ConfigReader) throws(ConfigurationError) -> [String] {
        [
            "protection: open to everybody, for the documentation only", StartReport.tls(tls),
            StartReport.pages(renderers), try StartReport.limits(environment, limits),
        ]
    }
}

private enum StartReport {
    static func tls(_ identity: TLSIdentity?) -> String {
        identity.map { "TLS: HTTPS with the certificate \($0.certificateFile)" } ?? "TLS: off, plain HTTP"
    }

    static func pages(_ renderers: Renderers?) -> String {
        renderers.map { "pages: Swagger UI and Redoc of \($0.directory)" }
            ?? "pages: not installed; 'make pages' downloads them, and \(EnvironmentVariable.pagesDirectory.name) names them"
    }

    /// Only limits that are set can differ, and the one that the system can lower.
    static func limits(_ environment: ConfigReader, _ limits: ConnectionLimits) throws(ConfigurationError) -> String {
        var texts: [String] = []
        for variable in EnvironmentVariable.allCases where variable.isLimit {
            let standard = variable.declaration.defaultValue ?? "none"
            if let text = try environment.text(variable) {
                if text != standard { texts.append("\(variable.name)=\(text) (default: \(standard))") }
            } else if variable == .maximumConnections, limits.connections < ConnectionLimits.usualConnections {
                texts.append("\(variable.name)=\(limits.connections), as 'ulimit -Hn' allows")
            }
        }
        return texts.isEmpty ? "limits: the defaults" : "limits: " + texts.joined(separator: ", ")
    }
}
