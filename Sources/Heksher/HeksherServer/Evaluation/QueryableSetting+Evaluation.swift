import ContractJSON
import HeksherDomain
import HeksherStore

// Values of settings as parts of responses.
extension QueryableSetting {
    /// Adds the value in a context as a member of an object: `"name":{"value":…,"rule_id":…}`.
    func writeValue(to body: inout [UInt8], _ context: Context, _ features: ContextFeatureOrder) {
        body += nameText
        body += #":{"value":"#.utf8
        if let winner = winner(in: context, features) {
            body += rules.valueText(at: winner)
            body += #","rule_id":"#.utf8
            body += rules.idText(at: winner)
        } else {
            body += defaultText
            body += #","rule_id":null"#.utf8
        }
        body.append(UInt8(ascii: "}"))
    }

    /// Adds the value in a context as OFREP writes it.
    ///
    /// - Parameter key: the name in the request, if it named the setting.
    func writeFlag(
        to body: inout [UInt8], key: String?, _ facts: FlagFacts, _ context: Context, _ features: ContextFeatureOrder
    ) {
        body += #"{"key":"#.utf8
        if let key {
            body.append(UInt8(ascii: "\""))
            body.appendInJSON(key)
            body.append(UInt8(ascii: "\""))
        } else {
            body += nameText
        }
        body += #","value":"#.utf8
        if let winner = winner(in: context, features) {
            let id = rules.idText(at: winner)
            body += facts.type.typedText(rules.valueText(at: winner))
            body += #","reason":"TARGETING_MATCH","variant":"rule-"#.utf8
            body += id
            body += #"","metadata":{"rule_id":"#.utf8
            body += id
            body.append(UInt8(ascii: ","))
        } else {
            body += facts.type.typedText(defaultText)
            body += rules.isEmpty ? #","reason":"STATIC""#.utf8 : #","reason":"DEFAULT""#.utf8
            body += #","variant":"default","metadata":{"#.utf8
        }
        body += facts.metadata
        body.append(UInt8(ascii: "}"))
    }
}
