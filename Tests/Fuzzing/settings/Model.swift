import ContractJSON
import HeksherDomain

extension SettingType {
    /// Whether a value is of the type, computed in the simplest way.
    func isModelFor(_ value: JSONValue) -> Bool {
        switch (self, value.content) {
        case (.int, .number(let number)): number.isInteger && number.double.isFinite
        case (.float, .number(let number)): number.double.isFinite
        case (.str, .string), (.bool, .bool): true
        case (.enum(let options), .number(let number)): number.double.isFinite && options.contain(value)
        case (.enum(let options), .string), (.enum(let options), .bool): options.contain(value)
        case (.flags(let options), .array(let elements)):
            elements.allSatisfy { SettingType.enum(options).isModelFor($0) } && Set(elements).count == elements.count
        case (.sequence(let element), .array(let elements)): elements.allSatisfy(element.isModelFor)
        case (.mapping(let element), .object(let members)): members.allSatisfy { element.isModelFor($0.value) }
        default: false
        }
    }
}

extension SettingType.Options {
    fileprivate func contain(_ value: JSONValue) -> Bool {
        texts.contains { (try? JSONValue(parsing: $0)) == value }
    }
}
