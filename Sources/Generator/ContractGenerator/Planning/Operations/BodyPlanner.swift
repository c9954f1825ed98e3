import ContractDocument

// Request bodies.

extension OperationPlanner {
    mutating func body(_ body: RequestBody, _ typeName: String) -> OperationPlan.Body? {
        var contents: [BodyPlan] = []
        var scope = NameScope()
        let content = distinct(body.content)
        let names = scope.claim(content.map(\.wantedName))
        schemas.add(scope.notes)
        for (media, name) in zip(content, names) {
            let isOnly = body.content.count == 1
            guard let kind = kind(of: media, TypeNaming(typeName, isOnly ? "body" : name + " body")) else { continue }
            contents.append(
                BodyPlan(
                    mediaType: media.name, needsParameters: media.hasTwin(in: content),
                    caseName: SwiftName.escaped(name), kind: kind))
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

    /// A body that is read as it arrives. Only bytes and forms with files are.
    mutating func streamed(_ body: OperationPlan.Body?, of operation: Operation) -> OperationPlan.Body? {
        guard var body else {
            _ = schemas.refuse(operation.position, "'streams' lists an operation without a body")
            return nil
        }
        for (index, content) in body.contents.enumerated() {
            switch content.kind {
            case .bytes: body.contents[index].kind = .byteStream
            case .multipart, .freeMultipart: body.contents[index].kind = .multipartStream
            default:
                _ = schemas.refuse(
                    operation.position,
                    "'streams' lists an operation with a body of the media type '\(content.mediaType)', which is read as a whole"
                )
            }
        }
        return body
    }

    /// The media types without repeats.
    mutating func distinct(_ content: [MediaType]) -> [MediaType] {
        var seen: Set<String> = []
        return content.filter { media in
            if seen.insert(MediaTypeName(media.name).full).inserted { return true }
            schemas.warn(media.position, .duplicate, "the media type '\(media.name)' stands here twice")
            return false
        }
    }

    private mutating func kind(of media: MediaType, _ name: TypeNaming) -> BodyPlan.Kind? {
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

    static let noScalar = "a text whose schema is not a scalar is passed as a string, and not validated"

    /// The shape of a text body, which must be a scalar. Without a schema, it is a string.
    mutating func textShape(_ media: MediaType, _ name: TypeNaming) -> Shape? {
        guard let schema = media.schema else { return .plainString }
        let shape = schemas.shape(of: schema, named: name)
        if case .any = shape { return .plainString }
        if !isScalar(shape) {
            schemas.warn(media.position, .unvalidated, Self.noScalar)
            return .plainString
        }
        return shape
    }

    /// Warns if a schema constrains a body of bytes, because generated code does not check that.
    mutating func checkBytes(_ media: MediaType) {
        if let schema = media.itemSchema {
            schemas.warn(
                schema.position, .unvalidated,
                "a stream of the media type '\(media.name)' is passed as bytes, and not validated")
        }
        guard let schema = media.schema, !isBinary(schema) else { return }
        schemas.warn(
            schema.position, .unvalidated,
            "a body of the media type '\(media.name)' is passed as bytes, and not validated"
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

    private mutating func form(_ media: MediaType, _ name: TypeNaming) -> BodyPlan.Kind? {
        let shape = media.schema.map { schemas.shape(of: $0, named: name) } ?? .any
        var places: [FormPlace] = []
        for (name, encoding) in media.encoding {
            let style = encoding.style ?? (encoding.isJSON ? "json" : "form")
            guard ["form", "spaceDelimited", "pipeDelimited", "deepObject", "json"].contains(style) else {
                _ = schemas.refuse(encoding.position, "the style of a member of a form is one of those of a query")
                continue
            }
            if style != "json",
                encoding.contentTypes.contains(where: { $0 != "text/plain" && !MediaTypeName($0).isJSON })
            {
                schemas.warn(
                    encoding.position, .unvalidated, "'contentType' of a member of an URL-encoded form is JSON or text")
            }
            places.append(
                FormPlace(
                    name: name, style: style, explode: encoding.explode ?? (style == "form"),
                    allowsReserved: encoding.allowsReserved))
        }
        if case .any = shape { return .form(shape, form: .object([], others: .any), places: places) }
        let form = textForm(of: shape)
        guard form.isObject else {
            _ = schemas.refuse(media.position, "the schema of an URL-encoded form is one of an object")
            return nil
        }
        return .form(shape, form: encodedForm(of: shape, media) ?? form.closedForm, places: places)
    }

    /// The form of an object with members that `encoding` describes; `nil` if the object has no named members.
    private func encodedForm(of shape: Shape, _ media: MediaType) -> TextForm? {
        guard !media.encoding.isEmpty, case .named(let name) = shape.nonNull.unvalidated,
            case .structure(let structure)? = definition(name)
        else { return nil }
        let members = structure.members.map { member in
            let form =
                switch media.encoding[member.name] {
                case let encoding? where encoding.style == nil && encoding.isJSON: TextFormPlan.json
                case let encoding? where encoding.style != nil: textForm(of: member.shape)
                default: self.member(member.shape, in: [name])
                }
            return TextForm.Member(name: member.name, form: form.form)
        }
        let others = structure.additional.map { member($0, in: [name]).form }
        return .object(members, others: others ?? (structure.refusesUnknownMembers ? .any : nil))
    }

    private mutating func multipart(_ media: MediaType, _ name: TypeNaming) -> BodyPlan.Kind? {
        guard let merged = media.schema.map(schemas.merged), !merged.content.properties.isEmpty else {
            return .freeMultipart
        }
        let schema = merged.content
        if let failure = merged.failure { _ = schemas.refuse(schema.position, failure) }
        if !merged.besides.isEmpty || merged.contradiction != nil {
            schemas.warn(
                schema.position, .unvalidated,
                "parts of 'allOf' of a multipart form that cannot be merged are not checked")
        }
        let known: Set<String> = ["type", "properties", "required", "additionalProperties"]
        for keyword in schema.assertions.subtracting(known).sorted() {
            schemas.warn(
                schema.position(of: keyword), .unvalidated, "'\(keyword)' of a multipart form is not checked")
        }
        var parts = schema.properties.map { property, value in
            part(
                property, value, media.encoding[property], name.preferred,
                isRequired: schema.required.contains(property))
        }
        var members = parts.map(\.member)
        schemas.add(members.claimNames())
        for index in parts.indices { parts[index].member = members[index] }
        let refusesUnknown = schema.additionalProperties?.truth == false
        return .multipart(
            MultipartPlan(
                typeName: "Body", documentation: schema.description, parts: parts, refusesUnknownParts: refusesUnknown))
    }

    private mutating func part(
        _ name: String, _ schema: Schema, _ encoding: Encoding?, _ typeName: String, isRequired: Bool
    ) -> MultipartPlan.Part {
        let known = unwrapped(schema)
        let contentTypes = encoding?.contentTypes ?? []
        let element = known.types.filter { $0 != .null } == [.array] ? known.items.map(unwrapped) : nil
        guard !isFile(element ?? known, contentTypes) else {
            let member = Member(
                name: name, position: schema.position,
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
        if let encoding, encoding.hasHeaders {
            schemas.warn(
                encoding.position, .unvalidated, "headers of a part that is no file are neither read nor written")
        }
        var member = schemas.member(
            name, schema, position: schema.position, typeName: TypeNaming(typeName, name), isRequired: isRequired)
        // Only the whole part can be absent: the elements of its lists are texts.
        let text = member.shape.ofText
        member.shape = member.shape.isNullable ? .nullable(text) : text
        let isJSON = contentTypes.contains { MediaTypeName($0).isJSON }
        let form = textForm(of: member.shape)
        if !isJSON, !form.hasJSON, form.depth == 0 || (form.depth == 1 && !form.isObject) {
            return MultipartPlan.Part(member: member, kind: .text(form: form.form), contentTypes: [])
        }
        return MultipartPlan.Part(member: member, kind: .json(isArray: element != nil), contentTypes: [])
    }

    /// The schema that a reference leads to. If `null` and one other schema are alternatives, it is the other one.
    private func unwrapped(_ schema: Schema) -> Schema {
        let known = resolved(schema)
        guard known.types.isEmpty else { return known }
        let alternatives = (known.anyOf + known.oneOf).filter { $0.types != [.null] }
        return alternatives.count == 1 ? resolved(alternatives[0]) : known
    }

    /// Whether a part consists of bytes: because of its schema, or of a media type that is neither text nor JSON.
    private func isFile(_ schema: Schema, _ contentTypes: [String]) -> Bool {
        if contentTypes.contains(where: { !MediaTypeName($0).isJSON && !MediaTypeName($0).isText }) { return true }
        let isAnything = schema.content.saysOnly() && !schema.has("contentEncoding")
        let isString = schema.types.filter { $0 != .null } == [.string] || schema.types.isEmpty
        return isAnything || (isString && schema.format == "binary")
            || (isString && schema.has("contentMediaType") && !schema.has("contentEncoding"))
    }
}

extension Shape {
    /// The shape of any text.
    static var plainString: Shape { .string(StringConstraints()) }
}

extension MediaType {
    /// Whether another media type differs from this one only in its parameters.
    func hasTwin(in content: [MediaType]) -> Bool {
        let name = MediaTypeName(self.name)
        return content.contains { other in
            let otherName = MediaTypeName(other.name)
            return otherName.essence == name.essence && otherName.full != name.full
        }
    }

    /// The name that the form's case should have.
    var wantedName: NameScope.Wanted {
        NameScope.Wanted(
            source: name, preferred: MediaTypeName(name).caseName.withoutBackticks,
            alternative: SwiftName.spelledOut(name), position: position)
    }
}

extension Encoding {
    /// Whether the member is written as JSON.
    fileprivate var isJSON: Bool {
        !contentTypes.isEmpty && contentTypes.allSatisfy { MediaTypeName($0).isJSON }
    }
}
