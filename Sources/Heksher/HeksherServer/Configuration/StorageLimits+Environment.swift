import Configuration
import HTTPGuard
import HeksherStore

extension StorageLimits {
    /// Reads the environment.
    ///
    /// - Parameter partSize: the maximum size of a request's body, so that everything that can be sent can be stored, unless it grows.
    /// - Throws: ``ConfigurationError``.
    init(_ environment: ConfigReader, partSize: Int) throws(ConfigurationError) {
        self.init()
        self.partSize = partSize
        if let count = try environment.integer(.maximumSettings, in: 1...100_000_000) { settings = count }
        if let count = try environment.integer(.maximumRulesPerSetting, in: 1...100_000_000) {
            rulesPerSetting = count
        }
        if let size = try environment.integer(.maximumStoredBytes, in: 1 << 20...1 << 50) { bytes = size }
    }
}
