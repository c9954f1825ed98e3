import OpenAPIDocument

// The bodies of requests.

extension OperationPlanner {
    mutating func body(_ body: RequestBody, _ typeName: String) -> OperationPlan.Body? {
        var contents: [BodyPlan] = []
        for media in body.content {
            let isOnly = body.content.count == 1
            guard let kind = kind(of: media, isOnly ? typeName + "Body" : typeName + MediaTypeName(media.name).typeName)
            else { continue }
            var caseName = MediaTypeName(media.name).caseName
            while contents.contains(where: { $0.caseName == caseName }) { caseName += "_" }
            contents.append(BodyPlan(mediaType: media.name, caseName: caseName, kind: kind))
        }
        if contents.count > 1 {
            for (index, content) in contents.enumerated() {
                guard case .multipart(var plan) = content.kind else { continue }
                plan.typeName = "MultipartBody"
                contents[index].kind = .multipart(plan)
            }
        }
        guard !contents.isEmpty else { return nil }
        return OperationPlan.Body(
            contents: contents, isRequired: body.isRequired, documentation: body.description)
    }

    private mutating func kind(of media: MediaType, _ name: String) -> BodyPlan.Kind? {
        let type = MediaTypeName(media.name)
        switch type.essence {
        case "application/x-www-form-urlencoded": return form(media, name)
        case "multipart/form-data": return multipart(media, name)
        default: break
        }
        if type.isJSON, !(type.essence == "*/*" && isBinary(media.schema)) {
            return .json(media.schema.map { schemas.shape(of: $0, named: name) } ?? .any)
        }
        if type.isText { return textShape(media, name).map { .text($0) } }
        checkBytes(media)
        return .bytes
    }

    /// The shape of a text, which is a scalar; a string where no schema says it.
    mutating func textShape(_ media: MediaType, _ name: String) -> Shape? {
        guard let schema = media.schema else { return .plainString }
        let shape = schemas.shape(of: schema, named: name)
        if case .any = shape { return .plainString }
        if !isScalar(shape) {
            _ = schemas.refuse(media.position, "the schema of a text is one of a scalar")
            return nil
        }
        return shape
    }

    /// Says that bytes are not held against a schema that says more of them than that they are bytes.
    mutating func checkBytes(_ media: MediaType) {
        guard let schema = media.schema, !isBinary(schema) else { return }
        schemas.warn(
            schema.position,
            "a body of the media type '\(media.name)' is given as bytes, which no schema is held against"
        )
    }

    func isBinary(_ schema: Schema?) -> Bool {
        guard let schema = schema.map(resolved) else { return true }
        return schema.types == [.string] || schema.content.saysOnly()
            || (schema.types.isEmpty && schema.has("contentMediaType"))
    }

    func resolved(_ schema: Schema) -> Schema {
        schema.reference.flatMap { schemas.document.components.schemas[$0.name] } ?? schema
    }

    // MARK: Forms

    private mutating func form(_ media: MediaType, _ name: String) -> BodyPlan.Kind? {
        let shape = media.schema.map { schemas.shape(of: $0, named: name) } ?? .any
        var places: [String] = []
        for (name, encoding) in media.encoding {
            if encoding.contentTypes.contains(where: { $0 != "text/plain" }) {
                _ = schemas.refuse(
                    encoding.position,
                    "a member of an URL-encoded form with a 'contentType' of its own is not supported")
            }
            let style = encoding.style ?? "form"
            guard ["form", "spaceDelimited", "pipeDelimited", "deepObject"].contains(style) else {
                _ = schemas.refuse(encoding.position, "the style of a member of a form is one of those of a query")
                continue
            }
            var arguments = "\(name.literal), .\(style), explode: \(encoding.explode ?? (style == "form"))"
            if encoding.allowsReserved { arguments += ", allowsReserved: true" }
            places.append(".query(\(arguments))")
        }
        guard case .any = shape else {
            guard let form = textForm(of: shape), form.isObject, form.depth <= 2 else {
                _ = schemas.refuse(
                    media.position, "the members of an URL-encoded form are scalars and arrays of them")
                return nil
            }
            return .form(shape, form: form.closedExpression, places: places)
        }
        return .form(shape, form: ".object([:], others: .any)", places: places)
    }

    private mutating func multipart(_ media: MediaType, _ name: String) -> BodyPlan.Kind? {
        guard let merged = media.schema.map(schemas.merged), !merged.content.properties.isEmpty else {
            _ = schemas.refuse(media.position, "the schema of a multipart form is an object with 'properties'")
            return nil
        }
        let schema = merged.content
        if let contradiction = merged.contradiction { _ = schemas.refuse(schema.position, contradiction) }
        if !merged.besides.isEmpty {
            _ = schemas.refuse(
                schema.position, "parts of 'allOf' of a multipart form that cannot be merged are not supported")
        }
        let known: Set<String> = ["type", "properties", "required", "additionalProperties"]
        for keyword in schema.assertions.subtracting(known).sorted() {
            _ = schemas.refuse(schema.position(of: keyword), "'\(keyword)' of a multipart form is not supported")
        }
        let parts = schema.properties.map { property, value in
            part(property, value, media.encoding[property], name, isRequired: schema.required.contains(property))
        }
        let refusesUnknown = schema.additionalProperties?.truth == false
        return .multipart(
            MultipartPlan(
                typeName: "Body", documentation: schema.description, parts: parts, refusesUnknownParts: refusesUnknown))
    }

    private mutating func part(
        _ name: String, _ schema: Schema, _ encoding: Encoding?, _ typeName: String, isRequired: Bool
    ) -> MultipartPlan.Part {
        let known = resolved(schema)
        let contentTypes = encoding?.contentTypes ?? []
        let element = known.types == [.array] ? known.items.map(resolved) : nil
        guard !isFile(element ?? known, contentTypes) else {
            let member = Member(
                name: name, swiftName: SwiftName.lowerCamelCase(name),
                documentation: schema.description ?? known.description,
                isDeprecated: schema.isDeprecated || known.isDeprecated, shape: .any,
                isRequired: isRequired)
            return MultipartPlan.Part(
                member: member,
                kind: element == nil
                    ? .file
                    : .files(
                        minItems: known.minItems ?? 0, maxItems: known.maxItems,
                        uniqueItems: known.uniqueItems ?? false),
                contentTypes: contentTypes)
        }
        let member = schemas.member(
            name, schema, typeName: typeName + SwiftName.upperCamelCase(name), isRequired: isRequired)
        let isJSON = contentTypes.contains { MediaTypeName($0).isJSON }
        if !isJSON, let form = textForm(of: member.shape), form.depth == 0 || (form.depth == 1 && !form.isObject) {
            return MultipartPlan.Part(member: member, kind: .text(form: form.expression), contentTypes: [])
        }
        return MultipartPlan.Part(member: member, kind: .json(isArray: element != nil), contentTypes: [])
    }

    /// Whether a part is bytes: by its schema, or by media types that are neither text nor JSON.
    private func isFile(_ schema: Schema, _ contentTypes: [String]) -> Bool {
        if contentTypes.contains(where: { !MediaTypeName($0).isJSON && !MediaTypeName($0).isText }) { return true }
        let isAnything = schema.content.saysOnly() && !schema.has("contentEncoding")
        let isString = schema.types == [.string] || schema.types.isEmpty
        return isAnything || (isString && schema.format == "binary")
            || (isString && schema.has("contentMediaType") && !schema.has("contentEncoding"))
    }
}

extension Shape {
    /// Any text.
    static var plainString: Shape { .string(StringConstraints()) }
}

extension MediaTypeName {
    /// `Json`, for the name of a type that has none of its own.
    fileprivate var typeName: String { SwiftName.upperCamelCase(caseName) + "Body" }
}
