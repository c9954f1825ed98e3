import OrderedCollections
import YAML

// Parameters and the bodies of requests.

extension DocumentParser {
    mutating func parameters(_ node: YAMLNode?) -> [Parameter] {
        (sequence(node) ?? []).compactMap { parameter($0) }
    }

    private mutating func parameter(_ node: YAMLNode) -> Parameter? {
        let known: Set<String> = [
            "name", "in", "description", "required", "deprecated", "allowEmptyValue", "style", "explode",
            "allowReserved", "schema", "example", "examples", "content",
        ]
        guard let (node, _) = resolve(node, "parameters"), let fields = fields(node, "a parameter", known: known),
            let name = string(required("name", of: fields, "a parameter")),
            let place = required("in", of: fields, "a parameter"), let text = string(place)
        else { return nil }
        guard let location = Parameter.Location(rawValue: text) else {
            error("a parameter is in 'path', 'query', 'header' or 'cookie', not '\(text)'", at: place.position)
            return nil
        }
        if location == .header, ["accept", "content-type", "authorization"].contains(name.lowercased()) {
            // OpenAPI 3.1 §4.8.12.2.1
            warn(
                "the parameter '\(name)' has no effect: media types and security schemes say it", at: node.position)
            return nil
        }
        let isRequired = bool(fields["required"]) ?? false
        if location == .path, !isRequired {
            error("a parameter in the path must have 'required: true'", at: node.position)
        }
        if let content = fields["content"], fields["schema"] != nil {
            error("a parameter has either 'schema' or 'content'", at: content.position)
        }
        return Parameter(
            name: name, location: location, isRequired: isRequired, isDeprecated: bool(fields["deprecated"]) ?? false,
            description: string(fields["description"]), schema: fields["schema"].flatMap { schema($0) },
            content: mediaTypes(fields["content"]), style: string(fields["style"]), explode: bool(fields["explode"]),
            allowsReserved: bool(fields["allowReserved"]) ?? false,
            allowsEmptyValue: bool(fields["allowEmptyValue"]) ?? false, position: node.position)
    }

    mutating func requestBody(_ node: YAMLNode) -> RequestBody? {
        guard let (node, _) = resolve(node, "requestBodies"),
            let fields = fields(node, "a request body", known: ["description", "content", "required"]),
            let content = required("content", of: fields, "a request body")
        else { return nil }
        return RequestBody(
            description: string(fields["description"]), isRequired: bool(fields["required"]) ?? false,
            content: mediaTypes(content))
    }

    mutating func mediaTypes(_ node: YAMLNode?) -> [MediaType] {
        guard let node, let fields = fields(node, "'content'", known: nil) else { return [] }
        return fields.members.compactMap { name, key, value in
            let known: Set<String> = ["schema", "example", "examples", "encoding"]
            guard let fields = self.fields(value, "a media type", known: known) else { return nil }
            return MediaType(
                name: name, schema: fields["schema"].flatMap { schema($0) }, encoding: encoding(fields["encoding"]),
                position: key.position)
        }
    }

    private mutating func encoding(_ node: YAMLNode?) -> OrderedDictionary<String, Encoding> {
        guard let node, let fields = fields(node, "'encoding'", known: nil) else { return [:] }
        var encodings: OrderedDictionary<String, Encoding> = [:]
        for (name, _, value) in fields.members {
            let known: Set<String> = ["contentType", "headers", "style", "explode", "allowReserved"]
            guard let fields = self.fields(value, "an encoding", known: known) else { continue }
            if let node = fields["headers"] { error("'headers' of a part is not supported", at: node.position) }
            let types = string(fields["contentType"])?.split(separator: ",").map { $0.filter { $0 != " " } } ?? []
            encodings[name] = Encoding(
                contentTypes: types, style: string(fields["style"]), explode: bool(fields["explode"]),
                allowsReserved: bool(fields["allowReserved"]) ?? false, position: value.position)
        }
        return encodings
    }
}
