import ContractJSON
import HeksherDomain
import HeksherStore

extension QueriedSetting {
    /// A setting of type `int` without metadata.
    init(name: String, defaultValue: JSONValue, rules: [Rule]) {
        self.init(
            name: name, defaultValue: defaultValue, rules: rules, facts: .success(SettingFacts(type: .int)),
            scalarMetadata: .success([:]))
    }
}
