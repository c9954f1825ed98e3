import HeksherAPI
import HeksherDomain
import JSON
import OpenAPIRuntime

/// What no schema can say of the members of a declaration, or of a change of a type.
struct SettingProblems {
    /// A problem with the member it is about.
    typealias Problem = (member: String, message: String)

    private(set) var list: [Problem] = []
    /// The type, if it is one.
    private(set) var type: SettingType?

    /// - Parameters: what is known of the members; `nil` for what is missing, or wrong already.
    init(name: String? = nil, type: String?, defaultValue: JSONValue? = nil, alias: String? = nil) {
        if let text = type {
            do {
                let type = try SettingType(parsing: text)
                if let defaultValue, !type.admits(defaultValue) {
                    list.append(("default_value", "the default value does not fit the type \(type)"))
                }
                self.type = type
            } catch {
                list.append(("type", "\(error)"))
            }
        }
        if let alias, alias == name { list.append(("alias", "the alias is the name itself")) }
    }

    /// Those of a body that breaks its schema: of the members that keep it.
    init(besides problems: ValidationProblems, in body: [UInt8]) {
        let broken = problems.list.compactMap { problem -> String? in
            guard problem.location.count > 1, case .name(let member) = problem.location[1] else { return nil }
            return member
        }
        var members: [String: JSONValue] = [:]
        if case .object(let found)? = (try? JSONValue(parsing: body))?.content {
            for (name, value) in found where !broken.contains(name) { members[name] = value }
        }
        func text(_ name: String) -> String? {
            if case .string(let text)? = members[name]?.content { text } else { nil }
        }
        self.init(
            name: text("name"), type: text("type"), defaultValue: members["default_value"], alias: text("alias"))
    }
}

extension Route {
    /// The route of an operation that declares or changes settings, with answers that list all problems of a request, whether a
    /// schema says them or not.
    func listingAllProblems(
        reading read: @escaping @Sendable (APIRequest, [String], inout ValidationProblems) -> Bool
    ) -> Route {
        var route = self
        route.respond = { [respond] request, pathValues in
            let response = try await respond(request, pathValues)
            guard response.status == .unprocessableContent else { return response }
            var problems = ValidationProblems()
            // What keeps its schema has been looked at by the handler.
            guard !read(request, pathValues, &problems) else { return response }
            for (member, message) in SettingProblems(besides: problems, in: request.body).list {
                problems.add(ValidationProblem(.other, message, at: [.name("body"), .name(member)]))
            }
            return .invalid(problems)
        }
        return route
    }
}
