import ContractRuntime
import HeksherAPI
import Testing

/// A fake of the operations of a Heksher service that readers use. Tests change its state directly.
actor FakeHeksher: ClientTransport {
    struct Down: Error {}

    /// Whether requests fail as if no service listens.
    private var isDown = false
    private var features = ["environment", "tenant", "user"]
    private var settings: OrderedDictionary<String, Schemas.QueriedSetting> = [:]
    private var answers: [String: DeclareSetting.Output] = [:]
    private var canonicalNames: [String: String] = [:]
    /// The requests so far; declarations are listed with the names of their settings.
    private(set) var requests: [String] = []

    func setDown(_ isDown: Bool) { self.isDown = isDown }
    func setFeatures(_ features: [String]) { self.features = features }
    func answerDeclaration(of name: String, _ answer: DeclareSetting.Output?) { answers[name] = answer }
    func deleteSetting(_ name: String) { settings[name] = nil }
    func setDefault(of name: String, _ value: JSONValue) { settings[name]?.defaultValue = value }

    func rename(_ name: String, to newName: String) {
        settings[newName] = settings.removeValue(forKey: name)
        canonicalNames[name] = newName
    }

    func addRule(_ name: String, _ conditions: KeyValuePairs<String, String>, _ value: JSONValue) {
        let rule = Schemas.QueriedRule(
            value: value, contextFeatures: conditions.map { [$0.key, $0.value] }, ruleId: 1)
        settings[name]?.rules.append(rule)
    }

    func takeRequests() -> [String] {
        defer { requests = [] }
        return requests
    }

    func send(_ request: APIRequest) async throws -> APIResponse {
        guard !isDown else { throw Down() }
        var problems = ValidationProblems()
        switch request.path {
        case "/api/v1/settings/declare":
            let input = try #require(DeclareSetting.Input(request, [], &problems))
            return declare(input.body).response()
        case "/api/v1/query":
            let input = try #require(QueryRules.Input(request, [], &problems))
            requests.append("query \(input.query.settings ?? []) \(input.query.contextFilters)")
            return query(input).response()
        case "/api/v1/context_features":
            requests.append("features")
            return ListContextFeatures.Output.ok(.json(.init(contextFeatures: features))).response()
        default:
            Issue.record("nobody should ask for \(request.path)")
            return APIResponse(status: .notFound)
        }
    }

    private func declare(_ declaration: Schemas.SettingDeclaration) -> DeclareSetting.Output {
        requests.append("declare \(declaration.name)")
        if let answer = answers[declaration.name] {
            if case .ok = answer {} else { return answer }
        }
        let name = canonicalNames[declaration.name] ?? declaration.name
        let isNew = settings[name] == nil
        if isNew { settings[name] = .init(defaultValue: declaration.defaultValue, rules: []) }
        return answers[declaration.name] ?? .ok(.json(isNew ? .created(.init()) : .upToDate(.init())))
    }

    private func query(_ input: QueryRules.Input) -> QueryRules.Output {
        var result = Schemas.QueryResult(settings: [:])
        for asked in input.query.settings ?? [] {
            let name = canonicalNames[asked] ?? asked
            guard let setting = settings[name] else {
                return .notFound(.plainText("the setting \(asked) does not exist"))
            }
            result.settings[name] = setting
        }
        let tag = "\"\(String(result.jsonBytes().hashValue, radix: 16))\""
        if input.headers.ifNoneMatch == tag {
            requests.append("not modified")
            return .notModified(headers: .init(eTag: tag))
        }
        return .ok(.json(result), headers: .init(eTag: tag))
    }
}
