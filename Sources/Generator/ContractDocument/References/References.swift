import ContractYAML
import Diagnostics

/// The reason why a reference has no target.
struct ReferenceError: Error {
    var message: String
    /// The position of the fault; `nil` if the reference itself is wrong.
    var position: SourcePosition?
    /// A suggestion, such as a similar name, and its position.
    var hint: (message: String, position: SourcePosition?)?

    init(_ message: String) {
        self.message = message
    }
}

extension DocumentParser {
    /// Follows `$ref`, and the references that it leads to.
    ///
    /// - Parameter section: the section of `components` for objects of this kind: `parameters`.
    /// - Returns: the last target and its component name, if it has one. If the node is not a reference, this is the
    ///   node itself. If the reference has no target, it is `nil`, and a diagnostic gives the reason.
    mutating func resolve(_ node: YAMLNode, _ section: String) -> (node: YAMLNode, name: String?)? {
        guard let reference = node.reference else { return (node, nil) }
        // OpenAPI 3.1 allows these two beside a reference.
        for (key, _) in node.mapping ?? [] {
            guard let name = key.name, !["$ref", "summary", "description"].contains(name), !name.hasPrefix("x-") else {
                continue
            }
            warn("'\(name)' beside '$ref' has no effect", .keyword, at: key.position)
        }
        guard let target = target(of: reference, section) else { return nil }
        return (target.node, name(of: target, section, for: reference))
    }

    /// Follows a reference, and the references that it leads to. If there is no target, it adds a diagnostic and
    /// returns `nil`.
    ///
    /// - Parameters:
    ///   - reference: the value of `$ref`.
    ///   - section: the section of `components` for objects of this kind.
    mutating func target(of reference: YAMLNode, _ section: String) -> Target? {
        do {
            let target = try quietTarget(of: reference, section)
            if let other = target.location.section, other != section {
                warn(
                    "the reference leads to components/\(other), not to one of the \(section)", .reference,
                    at: reference.position)
            }
            return target
        } catch {
            report(error, at: reference.position)
            return nil
        }
    }

    /// Does the same as ``target(of:_:)``, but throws an error instead of adding a diagnostic.
    mutating func quietTarget(of reference: YAMLNode, _ section: String) throws(ReferenceError) -> Target {
        guard let text = reference.string else {
            throw ReferenceError("'$ref' is a string, not \(reference.kind)")
        }
        return try target(of: text, section, from: reference.position.file)
    }

    /// The sections whose components have the members of another section's, too.
    private static let related = [
        "responses": ["requestBodies"], "requestBodies": ["responses"], "headers": ["parameters"],
    ]

    private mutating func report(_ error: ReferenceError, at position: SourcePosition) {
        var diagnostic = Diagnostic(.error, error.message, at: error.position ?? position)
        if error.position != nil { diagnostic = diagnostic.noting("the reference to it is here", at: position) }
        if let hint = error.hint { diagnostic = diagnostic.noting(hint.message, at: hint.position) }
        say(diagnostic)
    }

    private mutating func target(of text: String, _ section: String, from file: String) throws(ReferenceError) -> Target
    {
        let text = ownURI.map { file == files.main ? text.withoutBase($0) : text } ?? text
        let key = [file, text]
        if let known = targets[key] { return known }
        var followed: Set<Location> = []
        let target = try walk(to: try Location(text, from: file), &followed)
        if let other = target.location.section, other != section, !(Self.related[section] ?? []).contains(other) {
            throw ReferenceError("the reference leads to components/\(other), not to one of the \(section)")
        }
        targets[key] = target
        return target
    }

    /// Follows a pointer through its parts. If a part, or the target, is a reference, it follows that, too.
    private mutating func walk(to location: Location, _ followed: inout Set<Location>) throws(ReferenceError) -> Target
    {
        guard followed.insert(location).inserted else { throw ReferenceError("the reference leads back to itself") }
        guard followed.count <= 100 else { throw ReferenceError("more than 100 references follow one after another") }
        var target = Target(location: Location(file: location.file, pointer: []), node: try root(of: location.file))
        for token in location.pointer {
            var child = files.child(token, of: target.node)
            if child == nil, target.node.reference != nil {
                target = try follow(target, &followed)
                child = files.child(token, of: target.node)
            }
            guard let child else { throw missing(token, in: target) }
            target.location.pointer.append(token)
            target.node = child
        }
        return target.node.isReferenceAlone ? try follow(target, &followed) : target
    }

    private mutating func follow(_ place: Target, _ followed: inout Set<Location>) throws(ReferenceError) -> Target {
        guard let text = place.node.reference?.string else {
            throw ReferenceError("the reference leads to a '$ref' that is not a string")
        }
        return try walk(to: try Location(text, from: place.location.file), &followed)
    }

    private mutating func root(of file: String) throws(ReferenceError) -> YAMLNode {
        do {
            return try files.root(of: file)
        } catch {
            var failure = ReferenceError(error.message)
            failure.position = error.position
            throw failure
        }
    }

    private func missing(_ token: String, in place: Target) -> ReferenceError {
        let file = place.location.file == files.main ? "" : " in \(place.location.file)"
        let path = place.location.pointer.joined(separator: "/")
        var error = ReferenceError("there is no '\(token)'\(path.isEmpty ? "" : " in \(path)")\(file)")
        let keys = place.node.mapping?.map(\.key) ?? []
        if let near = NearMiss.nearest(to: token, among: keys.lazy.compactMap(\.name)),
            let key = keys.first(where: { $0.name == near })
        {
            error.hint = ("there is '\(near)'", key.position)
        }
        return error
    }
}

/// The target of a reference.
struct Target {
    var location: Location
    var node: YAMLNode
}

extension String {
    /// The reference without the URI of its own document.
    fileprivate func withoutBase(_ uri: String) -> String {
        guard !uri.isEmpty, hasPrefix(uri) else { return self }
        let rest = dropFirst(uri.count)
        return rest.isEmpty ? "#" : rest.hasPrefix("#") ? String(rest) : self
    }
}

extension YAMLNode {
    /// The value of `$ref`; `nil` if the node is not a reference.
    var reference: YAMLNode? {
        mapping?.first { $0.key.string == "$ref" }?.value
    }

    /// Whether the node contains only a reference. Then it means the same as its target.
    var isReferenceAlone: Bool {
        guard let mapping, reference?.string != nil else { return false }
        return mapping.allSatisfy { $0.key.name == "$ref" || $0.key.name?.hasPrefix("x-") == true }
    }
}
