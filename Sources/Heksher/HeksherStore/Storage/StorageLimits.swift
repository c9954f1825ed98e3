import ContractJSON
import HeksherDomain

/// Limits on what the service stores. All sizes are in bytes as the data are read: PostgreSQL returns a number in metadata without its
/// exponent, so that `1e-16383` has 16,385 bytes, and an option of a type has six bytes for `é`.
public struct StorageLimits: Sendable, Hashable {
    /// The size of one part: a type, a value, or all metadata of a setting or of a rule. The limits of ``StoredSize`` also apply, because a
    /// larger part could not be read.
    public var partSize = 1 << 20
    /// The number of settings.
    public var settings = 200_000
    /// The number of rules of a setting.
    public var rulesPerSetting = 100_000
    /// The size of everything, as ``StorageUsage`` counts it.
    public var bytes = 1 << 30

    /// The size of a name, of a metadata key and of a version. PostgreSQL's indexes accept this much of a text that cannot be compressed.
    /// Other texts must not be longer either, because the name of a setting is read again with each of its rules.
    static let nameSize = 2700

    /// The limits of a service whose operator has set none.
    public init() {}
}

extension StorageLimits {
    /// - Parameter stored: the current setting. Its unchanged parts may be beyond the limits, because SQL can store such parts.
    func check(_ setting: Setting, since stored: Setting? = nil) throws(Unstorable) {
        if setting.name != stored?.name { try check(name: setting.name) }
        if setting.version != stored?.version, setting.version.description.utf8.count > Self.nameSize {
            throw Unstorable(parts: [.version], description: Self.tooLong)
        }
        if setting.type != stored?.type { try check(setting.type.description.utf8.count, .type) }
        if setting.defaultValue != stored?.defaultValue {
            try check(setting.defaultValue.bytes.count, .defaultValue)
        }
        if setting.metadata != stored?.metadata {
            try check(setting.metadata, formerSize: stored?.metadata.storedSize ?? 0)
        }
    }

    func check(name: String) throws(Unstorable) {
        guard name.utf8.count > Self.nameSize else { return }
        throw Unstorable(parts: [.name], description: Self.tooLong)
    }

    func check(_ value: JSONValue) throws(Unstorable) {
        try check(value.bytes.count, .value)
    }

    func check(_ values: FeatureValueList) throws(Unstorable) {
        try check(values.size, .featureValues)
    }

    /// - Parameters:
    ///   - keptSize: the size of the stored metadata that stay.
    ///   - formerSize: the current size. It may become smaller, even if it stays beyond the limit.
    func check(_ metadata: Metadata, keptSize: Int = 0, formerSize: Int = 0) throws(Unstorable) {
        let long = metadata.pairs.filter { $0.key.utf8.count > Self.nameSize }
        guard long.isEmpty else {
            throw Unstorable(parts: long.map { .metadataKey($0.key) }, description: Self.tooLong)
        }
        let sizes = metadata.pairs.map { (key: $0.key, ofValue: $0.value.storedSize) }
        let size = sizes.reduce(keptSize) { $0 + $1.key.utf8.count + $1.ofValue }
        let limit = min(partSize, StoredSize.maximumOfGrownValue)
        guard size > limit, size > formerSize else { return }
        let large = sizes.filter { $0.ofValue > limit }.map(\.key)
        throw Unstorable(
            parts: large.isEmpty ? [.metadata] : large.map { .metadataValue(key: $0) },
            description: Self.tooLarge(size, limit))
    }

    private func check(_ size: Int, _ part: Unstorable.Part) throws(Unstorable) {
        let limit = min(partSize, StoredSize.maximumOfValue)
        if size > limit { throw Unstorable(parts: [part], description: Self.tooLarge(size, limit)) }
    }

    private static let tooLong = "it is too long to be stored: it may have \(nameSize) bytes"

    private static func tooLarge(_ size: Int, _ limit: Int) -> String {
        "it is too large to be stored: \(size) bytes would be read, and there may be \(limit)"
    }
}

/// The limit because of which nothing more is stored.
public enum StorageFull: Error, Hashable, CustomStringConvertible {
    /// The maximum number of settings.
    case settings(limit: Int)
    /// The maximum number of rules of one setting.
    case rules(limit: Int)
    /// The maximum number of bytes of all settings and rules.
    case bytes(limit: Int)

    /// A sentence that names the variable that raises the limit.
    public var description: String {
        switch self {
        case .settings(let limit): "there cannot be more than \(limit) settings (HEKSHER_MAX_SETTINGS)"
        case .rules(let limit): "a setting cannot have more than \(limit) rules (HEKSHER_MAX_RULES_PER_SETTING)"
        case .bytes(let limit): "no more than \(limit) bytes can be stored (HEKSHER_MAX_STORED_BYTES)"
        }
    }
}
