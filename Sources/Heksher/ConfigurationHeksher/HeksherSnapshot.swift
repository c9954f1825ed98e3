import Configuration
import ContractJSON
import HeksherDomain
import HeksherSettings

/// The settings of a moment, for one task.
struct HeksherSnapshot: ConfigSnapshot {
    let providerName: String
    private(set) var settings: MirroredSettings
    /// The context of the program and of the task.
    let context: SettingContext
    let secrets: SecretsSpecifier<String, Void>

    /// The same task at another moment.
    func replacing(_ settings: MirroredSettings) -> HeksherSnapshot {
        var snapshot = self
        snapshot.settings = settings
        return snapshot
    }

    func value(forKey key: AbsoluteConfigKey, type: ConfigType) throws -> LookupResult {
        let name = key.settingName
        return try result(name, settings.value(of: name, in: context(of: key)), type)
    }

    /// The context in which a key has its value.
    ///
    /// - Throws: `SettingContextError` if the service refuses a value.
    func context(of key: AbsoluteConfigKey) throws(SettingContextError) -> SettingContext {
        var context = context
        if !key.context.isEmpty {
            // The service ignores unknown features, and no feature has another name.
            let features = key.context.filter { FeatureName.isValid($0.key) }
            context = context.merging(try SettingContext(checking: features.mapValues(\.description)))
        }
        try settings.check(context)
        return context
    }

    /// The result of looking up a setting.
    ///
    /// - Parameter value: `nil` if no setting has the name.
    /// - Throws: ``UnfitSettingError`` if the value does not fit the type.
    func result(_ name: String, _ value: JSONValue?, _ type: ConfigType) throws(UnfitSettingError) -> LookupResult {
        guard let value else { return LookupResult(encodedKey: name, value: nil) }
        guard let content = ConfigContent(value, as: type) else { throw UnfitSettingError(setting: name, type: type) }
        return LookupResult(
            encodedKey: name, value: ConfigValue(content, isSecret: secrets.isSecret(key: name, value: ())))
    }
}

extension AbsoluteConfigKey {
    /// The name of the setting that the key stands for.
    var settingName: String { components.joined(separator: ".") }

    /// Whether a setting can have that name: it matches `^[a-zA-Z_0-9.-]+$`.
    var canNameSetting: Bool {
        let name = settingName
        return !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

extension ConfigContent {
    /// - Returns: `nil` if the value does not fit the type.
    init?(_ value: JSONValue, as type: ConfigType) {
        /// Bytes are strings in Base64, as JSON has no bytes.
        func bytes(_ text: String) -> [UInt8]? { ConfigBytesFromBase64StringDecoder().decode(text) }
        let content: ConfigContent? =
            switch type {
            case .string: String(settingJSON: value).map { .string($0) }
            case .int: Int(settingJSON: value).map { .int($0) }
            case .double: Double(settingJSON: value).map { .double($0) }
            case .bool: Bool(settingJSON: value).map { .bool($0) }
            case .bytes: String(settingJSON: value).flatMap(bytes).map { .bytes($0) }
            case .stringArray: [String](settingJSON: value).map { .stringArray($0) }
            case .intArray: [Int](settingJSON: value).map { .intArray($0) }
            case .doubleArray: [Double](settingJSON: value).map { .doubleArray($0) }
            case .boolArray: [Bool](settingJSON: value).map { .boolArray($0) }
            case .byteChunkArray:
                [String](settingJSON: value).flatMap { texts in
                    let chunks = texts.compactMap(bytes)
                    return chunks.count == texts.count ? .byteChunkArray(chunks) : nil
                }
            }
        guard let content else { return nil }
        self = content
    }
}
