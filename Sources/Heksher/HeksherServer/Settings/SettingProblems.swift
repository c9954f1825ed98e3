import ContractJSON
import ContractRuntime
import HeksherAPI
import HeksherDomain

/// Problems of a declaration, or of a change of a type, that a schema cannot express.
struct SettingProblems {
    /// A problem and its member.
    typealias Problem = (member: String, message: String)

    /// The members that problems can be about.
    private static let members: Set<String> = ["name", "type", "default_value", "alias"]

    private(set) var list: [Problem] = []
    /// The type, if it is valid.
    private(set) var type: SettingType?

    /// - Parameters: the valid members; `nil` for members that are missing, or already known to be wrong.
    init(name: String? = nil, type: String?, defaultValue: JSONValue? = nil, alias: String? = nil) {
        if let text = type {
            do {
                let type = try SettingType(parsing: text)
                if let defaultValue, !type.admits(defaultValue) {
                    list.append(("default_value", "the default value does not fit the type \(type.quotation)"))
                }
                self.type = type
            } catch {
                list.append(("type", "\(error)"))
            }
        }
        if let alias, alias == name { list.append(("alias", "the alias is the name itself")) }
    }

    /// The problems of a request whose body violates its schema, for the members that do not violate it.
    init(besides problems: ValidationProblems, in request: APIRequest) {
        let broken = problems.list.compactMap { problem -> String? in
            guard problem.location.count > 1, case .name(let member) = problem.location[1] else { return nil }
            return member
        }
        var members: [String: JSONValue] = [:]
        if let text = try? request.jsonText, case .object(let found)? = (try? JSONValue(parsing: text))?.content {
            for (name, value) in found where Self.members.contains(name) && !broken.contains(name) {
                members[name] = value
            }
        }
        func text(_ name: String) -> String? {
            if case .string(let text)? = members[name]?.content { text } else { nil }
        }
        self.init(
            name: text("name"), type: text("type"), defaultValue: members["default_value"], alias: text("alias"))
    }
}
