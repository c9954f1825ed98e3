import ContractJSON
import ContractRuntime
import HeksherAPI
import HeksherDomain
import PosixSupport
import Telemetry

extension Schemas.ChangeResult {
    /// Whether anything changes.
    var changesSomething: Bool { !items.isEmpty }

    /// Prints the changed things, and the contexts in which settings get other values.
    ///
    /// - Parameters:
    ///   - isDone: whether the changes are made.
    ///   - unchanged: the sentence if nothing changes.
    func tell(_ service: RemoteService, isDone: Bool, ifUnchanged unchanged: String) throws {
        guard changesSomething else { return try service.tell(unchanged) }
        // A server can send any number.
        let count = items.count + min(max(moreItems, 0), 1 << 40)
        let number = changeId.map { " (change \($0))" } ?? ""
        try service.tell(
            isDone ? "\(count.counted("thing")) changed\(number):" : "\(count.counted("thing")) would change:")
        for item in items {
            try service.tell("  \(item.sentence)".printable())
            for difference in item.differences { try service.tell("    \(difference)".printable()) }
        }
        if moreItems > 0 { try service.tell("  and \(moreItems.counted("more thing"))") }
        try tellWinners(service, isDone: isDone)
    }

    private func tellWinners(_ service: RemoteService, isDone: Bool) throws {
        guard service.form == .table || service.form == .csv else { return }
        if winners.isEmpty {
            if unexaminedSettings.isEmpty { try service.tell("\nNo context gets another value.") }
        } else {
            try service.tell(isDone ? "\nOther values now:" : "\nOther values then:")
            var table = Table(.fixed("SETTING"), .fixed("CONTEXT"), .flexible("BEFORE"), .flexible("AFTER"))
            for winner in winners {
                let conditions = winner.context.map { [$0.key, $0.value] }
                table.add(
                    winner.setting, conditions.isEmpty ? "where no rule matches" : conditionText(conditions),
                    winner.before.text,
                    winner.after.text)
            }
            try service.tell(table, ifEmpty: "")
            if more > 0 { try service.tell("and \(more.counted("more context"))") }
        }
        if !unexaminedSettings.isEmpty {
            try service.tell("Not examined, because there are too many rules: \(unexaminedSettings.listed)")
        }
    }
}

extension Schemas.EvaluatedSetting? {
    /// The value and the rule that wins.
    fileprivate var text: String {
        guard let self else { return "-" }
        let value = self.value.compacted().text
        return self.ruleId.map { "\(value) (rule \($0))" } ?? "\(value) (default)"
    }
}

extension Refusal {
    /// A change that conflicts with others, or that would differ from its plan.
    init(_ refusal: Schemas.ChangeRefusal) {
        switch refusal {
        case .refusedOperation(let operation): self.init(operation)
        case .conflicts(let conflicts):
            let lines = conflicts.conflicts.map(\.message)
            if let only = lines.first, lines.count == 1 {
                self.init(.conflict, only)
            } else {
                self.init(.conflict, "there are \(lines.count) conflicts, and nothing is changed:", details: lines)
            }
        case .result(let result):
            let start = "something has changed since the plan was made, and nothing is changed;"
            guard !result.items.isEmpty else {
                self.init(.conflict, "\(start) the same request would change nothing any more")
                return
            }
            self.init(
                .conflict, "\(start) the same request would now change:",
                details: result.items.prefix(20).flatMap { [$0.sentence] + $0.differences.map { "  \($0)" } })
        }
    }

    /// The first operation of several that the service refuses.
    init(_ operation: Schemas.RefusedOperation) {
        let status: Status =
            switch operation.status {
            case 401, 403: .notAllowed
            case 404: .notFound
            case 409, 412: .conflict
            default: .refused
            }
        var problems = ValidationProblems()
        var reader = JSONReader(operation.answer)
        if let error = try? Schemas.ValidationError.decode(from: &reader, problems: &problems) {
            let start = "operation \(operation.operation + 1) is refused, and nothing is changed"
            let lines = error.detail.map { "\(ProblemSentence($0, of: nil))" }
            if let only = lines.first, lines.count == 1 {
                self.init(status, "\(start): \(only)")
            } else {
                self.init(status, "\(start):", details: lines)
            }
            return
        }
        let reason =
            if case .string(let text) = operation.answer.content {
                text
            } else if operation.status == 404 {
                "it does not exist"
            } else {
                operation.answer.compacted().text
            }
        self.init(status, "operation \(operation.operation + 1) is refused, and nothing is changed: \(reason)")
    }
}
