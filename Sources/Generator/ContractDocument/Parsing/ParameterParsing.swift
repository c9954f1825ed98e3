import ContractYAML
import Diagnostics
import OrderedCollections

// Parameters and request bodies.

extension DocumentParser {
    mutating func parameters(_ node: YAMLNode?) -> [Parameter] {
        var places: [[String]: SourcePosition] = [:]
        return (sequence(node) ?? []).compactMap { node in
            guard let parameter = parameter(node) else { return nil }
            let name = parameter.location == .header ? parameter.name.lowercased() : parameter.name
            if let other = places.updateValue(node.position, forKey: [parameter.location.rawValue, name]) {
                error(
                    "the parameter '\(parameter.name)' in \(parameter.location.rawValue) stands at \(other.line(seenFrom: node.position)) already",
                    at: node.position)
            }
            return parameter
        }
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
        if text == "querystring" { return queryString(name, fields) }
        guard let location = Parameter.Location(rawValue: text) else {
            error("a parameter is in 'path', 'query', 'header' or 'cookie', not '\(text)'", at: place.position)
            return nil
        }
        if location == .header, ["accept", "content-type", "authorization"].contains(name.lowercased()) {
            // OpenAPI 3.1 §4.8.12.2.1
            warn(
                "the parameter '\(name)' has no effect: media types and security schemes say it", .keyword,
                at: node.position)
            return nil
        }
        if location == .header || location == .cookie, !name.isToken {
            warn(
                "the name of a \(location.rawValue) has letters, digits and some of !#$%&'*+-.^_`|~ only; this parameter is left out",
                .parameter, at: node.position)
            return nil
        }
        let isRequired = bool(fields["required"]) ?? false
        if location == .path, !isRequired {
            warn("a parameter in the path must have 'required: true'", .parameter, at: node.position)
        }
        return Parameter(
            name: name, location: location, isRequired: isRequired || location == .path,
            isDeprecated: bool(fields["deprecated"]) ?? false,
            description: string(fields["description"]), schema: schema(of: fields, "a parameter"),
            content: content(of: fields, "a parameter"), style: string(fields["style"]),
            explode: bool(fields["explode"]),
            allowsReserved: bool(fields["allowReserved"]) ?? false,
            allowsEmptyValue: bool(fields["allowEmptyValue"]) ?? false, position: node.position)
    }

    /// The schema of a parameter or a header. Without `schema` and `content`, it is a string.
    ///
    /// - Parameter what: the kind of the object with an article, for messages.
    mutating func schema(of fields: Fields, _ what: String) -> Schema? {
        if let node = fields["schema"] { return schema(node) }
        guard fields["content"] == nil else { return nil }
        warn("\(what) lacks 'schema', and is a string", .parameter, at: fields.node.position)
        return .string(at: fields.node.position)
    }

    /// The media types of a parameter or a header; none beside a schema.
    ///
    /// - Parameter what: the kind of the object with an article, for messages.
    mutating func content(of fields: Fields, _ what: String) -> [MediaType] {
        guard let node = fields["content"] else { return [] }
        if fields["schema"] != nil {
            warn("\(what) has either 'schema' or 'content'; 'schema' counts", .parameter, at: node.position)
            return []
        }
        let content = mediaTypes(node)
        if content.count > 1 {
            warn(
                "the 'content' of \(what) is one media type; '\(content[0].name)' counts", .parameter,
                at: content[1].position)
        }
        return Array(content.prefix(1))
    }

    /// A parameter that describes the whole query (OpenAPI 3.2 §4.12). Each member of its object is a parameter of the
    /// query.
    private mutating func queryString(_ name: String, _ fields: Fields) -> Parameter? {
        let content = mediaTypes(fields["content"])
        guard let media = content.first, content.count == 1, media.name == Parameter.queryStringType,
            let schema = media.schema
        else {
            error(
                "the 'content' of a parameter in 'querystring' is \(Parameter.queryStringType) with a schema",
                at: fields.node.position)
            return nil
        }
        return Parameter(
            name: name, location: .query, isRequired: bool(fields["required"]) ?? false,
            isDeprecated: bool(fields["deprecated"]) ?? false, description: string(fields["description"]),
            schema: schema, content: [], style: "form", explode: true, allowsReserved: false, allowsEmptyValue: false,
            position: fields.node.position)
    }

    mutating func requestBody(_ node: YAMLNode) -> RequestBody? {
        guard let (node, _) = resolve(node, "requestBodies"),
            let fields = fields(node, "a request body", known: ["description", "content", "required"])
        else { return nil }
        guard let content = fields["content"] else {
            warn("a request body lacks 'content', and counts as absent", .empty, at: node.position)
            return nil
        }
        return RequestBody(
            description: string(fields["description"]), isRequired: bool(fields["required"]) ?? false,
            content: mediaTypes(content))
    }

    mutating func mediaTypes(_ node: YAMLNode?) -> [MediaType] {
        guard let node, let fields = fields(node, "'content'", known: nil) else { return [] }
        return fields.members.compactMap { name, key, value in
            let known: Set<String> = [
                "schema", "example", "examples", "encoding", "itemSchema", "prefixEncoding", "itemEncoding",
            ]
            guard let (value, _) = resolve(value, "mediaTypes"),
                let fields = self.fields(value, "a media type", known: known)
            else { return nil }
            if !name.prefix(while: { $0 != ";" }).contains("/") {
                warn("a media type is written as 'type/subtype', such as 'application/json'", .text, at: key.position)
            }
            return MediaType(
                name: name, schema: fields["schema"].flatMap { schema($0) },
                itemSchema: fields["itemSchema"].flatMap { schema($0) }, encoding: encoding(fields["encoding"]),
                position: key.position)
        }
    }

    private mutating func encoding(_ node: YAMLNode?) -> OrderedDictionary<String, Encoding> {
        guard let node, let fields = fields(node, "'encoding'", known: nil) else { return [:] }
        var encodings: OrderedDictionary<String, Encoding> = [:]
        for (name, _, value) in fields.members {
            let known: Set<String> = ["contentType", "headers", "style", "explode", "allowReserved"]
            guard let fields = self.fields(value, "an encoding", known: known) else { continue }
            let types = string(fields["contentType"])?.split(separator: ",").map { $0.filter { $0 != " " } } ?? []
            encodings[name] = Encoding(
                contentTypes: types, hasHeaders: fields["headers"] != nil, style: string(fields["style"]),
                explode: bool(fields["explode"]),
                allowsReserved: bool(fields["allowReserved"]) ?? false, position: value.position)
        }
        return encodings
    }
}
