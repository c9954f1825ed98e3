import ContractYAML
import Diagnostics
import OrderedCollections

extension DocumentParser {
    /// The schemes by name; `nil` for schemes with errors.
    mutating func securitySchemes(_ node: YAMLNode?) -> OrderedDictionary<String, SecurityScheme?> {
        guard let node, let fields = fields(node, "'securitySchemes'", known: nil) else { return [:] }
        var schemes: OrderedDictionary<String, SecurityScheme?> = [:]
        for (name, _, value) in fields.members { schemes.updateValue(securityScheme(value), forKey: name) }
        return schemes
    }

    private mutating func securityScheme(_ node: YAMLNode) -> SecurityScheme? {
        let what = "a security scheme"
        let known: Set<String> = [
            "type", "description", "name", "in", "scheme", "bearerFormat", "flows", "openIdConnectUrl", "deprecated",
            "oauth2MetadataUrl",
        ]
        guard let (node, _) = resolve(node, "securitySchemes"), let fields = fields(node, what, known: known),
            let typeNode = required("type", of: fields, what), let type = string(typeNode)
        else { return nil }
        var scheme = SecurityScheme(
            kind: .mutualTLS, description: string(fields["description"]), scopes: nil, position: node.position)
        switch type {
        case "http":
            guard let name = string(required("scheme", of: fields, "\(what) of type 'http'")) else { return nil }
            scheme.kind = .http(scheme: name)
        case "apiKey":
            guard let kind = apiKey(fields) else { return nil }
            scheme.kind = kind
        case "oauth2":
            scheme.kind = .oauth2
            scheme.scopes = scopes(required("flows", of: fields, "\(what) of type 'oauth2'"))
        case "openIdConnect":
            _ = string(required("openIdConnectUrl", of: fields, "\(what) of type 'openIdConnect'"))
            scheme.kind = .openIDConnect
        case "mutualTLS": break
        default:
            error(
                "the type of \(what) is 'http', 'apiKey', 'oauth2', 'openIdConnect' or 'mutualTLS', not '\(type)'",
                at: typeNode.position)
            return nil
        }
        return scheme
    }

    /// Adds a scheme that operations require but the document does not declare. Without it, those operations would
    /// become open to every client.
    private mutating func addUndeclaredScheme(_ name: String, at position: SourcePosition) {
        var missing = Diagnostic(
            .warning, "there is no security scheme '\(name)' in components", kind: .scheme, at: position)
        if let near = NearMiss.nearest(to: name, among: securitySchemes.keys) {
            missing = missing.noting("there is '\(near)'")
        }
        say(missing)
        securitySchemes[name] = SecurityScheme(kind: .undeclared, description: nil, scopes: nil, position: position)
    }

    private mutating func apiKey(_ fields: Fields) -> SecurityScheme.Kind? {
        let what = "a security scheme of type 'apiKey'"
        guard let name = string(required("name", of: fields, what)),
            let place = required("in", of: fields, what), let text = string(place)
        else { return nil }
        guard let location = Parameter.Location(rawValue: text), location != .path else {
            error("an API key is in 'query', 'header' or 'cookie', not '\(text)'", at: place.position)
            return nil
        }
        return .apiKey(name: name, location: location)
    }

    /// The scopes of all flows.
    private mutating func scopes(_ node: YAMLNode?) -> Set<String>? {
        let known: Set<String> = [
            "implicit", "password", "clientCredentials", "authorizationCode", "deviceAuthorization",
        ]
        guard let node, let flows = fields(node, "'flows'", known: known) else { return nil }
        var scopes: Set<String> = []
        for flow in flows.members {
            let known: Set<String> = ["authorizationUrl", "tokenUrl", "refreshUrl", "scopes", "deviceAuthorizationUrl"]
            guard let fields = fields(flow.value, "a flow of OAuth 2.0", known: known),
                let node = required("scopes", of: fields, "a flow of OAuth 2.0"),
                let members = self.fields(node, "'scopes'", known: nil)
            else { return nil }
            scopes.formUnion(members.members.map(\.name))
        }
        return scopes
    }

    /// The value of `security`; `nil` if it is absent.
    mutating func securityRequirements(_ node: YAMLNode?) -> [SecurityRequirement]? {
        sequence(node)?.compactMap { node in
            guard let fields = fields(node, "a security requirement", known: nil) else { return nil }
            return SecurityRequirement(
                schemes: fields.members.compactMap { name, key, value in
                    if securitySchemes[name] == nil { addUndeclaredScheme(name, at: key.position) }
                    guard let known = securitySchemes[name] else { return nil }
                    guard let scheme = known else { return nil }
                    let scopes = strings(value)
                    for scope in scopes where scheme.scopes?.contains(scope) == false {
                        warn("no flow of '\(name)' has the scope '\(scope)'", .scheme, at: value.position)
                    }
                    return (name, scopes)
                }, position: node.position)
        }
    }
}
