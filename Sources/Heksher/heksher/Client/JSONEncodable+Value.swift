import ContractJSON
import ContractRuntime

extension JSONEncodable {
    /// The value as JSON.
    var jsonValue: JSONValue { JSONValue { encode(to: &$0) } }
}
