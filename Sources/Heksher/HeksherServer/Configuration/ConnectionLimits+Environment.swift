public import Configuration
public import HTTPGuard

extension ConnectionLimits {
    /// Reads the environment.
    ///
    /// - Throws: ``ConfigurationError``.
    public init(_ environment: ConfigReader) throws(ConfigurationError) {
        self.init()
        if let size = try environment.integer(.maximumBodyBytes, in: 1024...1 << 30) { bodySize = size }
        if let count = try environment.integer(.maximumRequestsInFlight, in: 1...1_000_000) {
            requestsInFlight = count
        }
        if let count = try environment.integer(.maximumStreams, in: 0...1_000_000) { streams = count }
        if let seconds = try environment.integer(.idleSeconds, in: 1...86_400) {
            idleTime = .seconds(Int64(seconds))
        }
        connectionsPerAddress = try environment.integer(.maximumConnectionsPerAddress, in: 1...1_000_000)
        requestsPerSecondPerAddress = try environment.integer(
            .maximumRequestsPerSecondPerAddress, in: 1...1_000_000)
        if let size = try environment.integer(.maximumUnsentBytes, in: 1 << 20...1 << 40) { unsentSize = size }
        if let count = try environment.integer(.maximumConnections, in: 1...1_000_000) {
            let possible = Self.possibleConnections()
            guard count <= possible else {
                throw ConfigurationError(
                    "\(EnvironmentVariable.maximumConnections.name) is '\(count)': this process may have \(possible) connections at most, as 'ulimit -Hn' allows"
                )
            }
            connections = count
        }
    }
}
