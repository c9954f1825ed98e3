import ContractJSON
import HeksherDomain

/// A setting as a statement returns it: its name, and attributes, each of which may be unreadable.
struct StoredSetting {
    let name: String
    var type: Result<SettingType, UnreadableValue>
    var defaultValue: Result<JSONValue, UnreadableValue>
    var version: Result<Version, UnreadableValue>
    var configurableFeatures: Result<[String], UnreadableValue>
    var metadata: Result<Metadata, UnreadableValue>
    var aliases: [String]

    /// - Throws: the error of the first unreadable attribute.
    func whole() throws(UnreadableSetting) -> Setting {
        do {
            return Setting(
                name: name, type: try type.get(), defaultValue: try defaultValue.get(),
                configurableFeatures: try configurableFeatures.get(), metadata: try metadata.get(),
                aliases: aliases, version: try version.get())
        } catch {
            throw UnreadableSetting(name: name, error)
        }
    }

    /// The setting in which the attributes of a declaration replace unreadable ones, so that the declaration repairs it. An unreadable
    /// version is replaced by the lowest one.
    ///
    /// - Returns: the setting, and the reasons why attributes are unreadable; the list is empty if all are readable.
    func repaired(by declaration: Declaration) -> (setting: Setting, reasons: [String]) {
        var reasons: [String] = []
        func value<Value>(_ stored: Result<Value, UnreadableValue>, or declared: Value) -> Value {
            switch stored {
            case .success(let value): return value
            case .failure(let unreadable):
                reasons.append(unreadable.reason)
                return declared
            }
        }
        let setting = Setting(
            name: name, type: value(type, or: declaration.type),
            defaultValue: value(defaultValue, or: declaration.defaultValue),
            configurableFeatures: value(configurableFeatures, or: declaration.configurableFeatures),
            metadata: value(metadata, or: declaration.metadata), aliases: aliases,
            version: value(version, or: .zero))
        return (setting, reasons)
    }
}
