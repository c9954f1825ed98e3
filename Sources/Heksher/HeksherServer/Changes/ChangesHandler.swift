import ContractJSON
import ContractRuntime
import HeksherAPI
import HeksherDomain
import HeksherStore

/// The operations of the tag "Changes".
struct ChangesHandler: ChangesAPI {
    let store: Store
    private var runner: ChangeRunner { ChangeRunner(store: store) }

    init(store: Store) {
        self.store = store
    }

    func makeChanges(_ input: MakeChanges.Input) async throws -> MakeChanges.Output {
        let body = input.body
        if let at = body.at { return try await schedule(body, at) }
        let result = try await runner.run(reason: body.reason, dryRun: body.dryRun, plan: body.plan) { store in
            try await ChangeOperations(store).run(body.operations)
        }
        guard let result else { preconditionFailure("the operations have results") }
        return .ok(.json(result))
    }

    private func schedule(_ body: Schemas.ChangeRequest, _ at: String) async throws -> MakeChanges.Output {
        func problem(_ member: String, _ message: String) -> InvalidRequest {
            var problems = ValidationProblems()
            problems.add(ValidationProblem(.other, message, at: [.name("body"), .name(member)]))
            return InvalidRequest(problems: problems)
        }
        if body.dryRun { throw problem("dry_run", "a scheduled change cannot be tried: leave out 'at' to try it now") }
        if body.plan != nil { throw problem("plan", "a scheduled change has no plan") }
        guard let time = DateTime(at) else { throw problem("at", "not a time of RFC 3339") }
        try await checkMembers(body.operations)
        var author = ChangeAuthor.current
        if let reason = body.reason, !reason.isEmpty { author?.reason = reason }
        let operations = JSONValue { json in
            json.beginArray()
            for operation in body.operations { operation.encode(to: &json) }
            json.endArray()
        }
        let scheduled = try await ChangeAuthor.$current.withValue(author) {
            try await store.schedule(
                operations, at: time.microseconds, prefixes: AccessControl.principal?.prefixes)
        }
        guard let scheduled else { throw problem("at", "the time is in the past") }
        return .accepted(
            .json(Schemas.ScheduledChange(scheduled)), headers: .init(location: "/api/v1/scheduled/\(scheduled.id)"))
    }

    /// Tries operations, and refuses those that lack members or have malformed ones. Other refusals can be otherwise at the time of the
    /// change.
    private func checkMembers(_ operations: [Schemas.ChangeOperation]) async throws {
        do {
            _ = try await runner.run(reason: nil, dryRun: true, plan: nil) { store in
                try await ChangeOperations(store).run(operations)
            }
        } catch let refused as OperationRefused {
            guard refused.response.status == .unprocessableContent, case .object = refused.refusal.answer.content else {
                return
            }
            throw refused
        } catch is ChangeTooLarge {}
    }

    func undoChange(_ input: UndoChange.Input) async throws -> UndoChange.Output {
        let (id, body) = (input.path.changeId, input.body)
        do {
            let result = try await runner.run(
                reason: body?.reason ?? (ChangeAuthor.current?.reason == nil ? "undo of change \(id)" : nil),
                dryRun: body?.dryRun ?? false, plan: body?.plan
            ) { store in
                try await store.undo(id) ? [] : nil
            }
            guard let result else { return .notFound(.plainText(HistoryHandler.unknown(id))) }
            return .ok(.json(result))
        } catch is ChangeNotAdmitted {
            return .forbidden(.plainText(AccessControl.principal?.limits ?? ""))
        }
    }

    // MARK: Scheduled changes

    func listScheduledChanges(_ input: ListScheduledChanges.Input) async throws -> ListScheduledChanges.Output {
        let changes = try await store.scheduledChanges(prefixes: AccessControl.principal?.prefixes)
        return .ok(.json(Schemas.ScheduledChangeList(scheduled: changes.map { Schemas.ScheduledChange($0) })))
    }

    func getScheduledChange(_ input: GetScheduledChange.Input) async throws -> GetScheduledChange.Output {
        let id = input.path.scheduledId
        guard let change = try await store.scheduledChange(id, prefixes: AccessControl.principal?.prefixes) else {
            return .notFound(.plainText("there is no scheduled change \(id)"))
        }
        return .ok(.json(Schemas.ScheduledChange(change)))
    }

    func deleteScheduledChange(_ input: DeleteScheduledChange.Input) async throws -> DeleteScheduledChange.Output {
        let id = input.path.scheduledId
        let isDeleted = try await store.deleteScheduledChange(id, prefixes: AccessControl.principal?.prefixes)
        return isDeleted ? .noContent : .notFound(.plainText("there is no scheduled change \(id)"))
    }
}

extension Schemas.ScheduledChange {
    fileprivate init(_ change: ScheduledChange) {
        let state: Schemas.ScheduledChangeState =
            switch change.state {
            case .pending: .pending
            case .done: .done
            case .failed: .failed
            }
        self.init(
            id: "\(change.id)", at: change.time, state: state,
            operations: [Schemas.ChangeOperation](scheduled: change.operations) ?? [], by: change.name,
            reason: change.reason,
            finishedAt: change.finishTime, changeId: change.change.map { "\($0)" },
            answer: change.answer ?? JSONValue { $0.writeNull() })
    }
}

extension [Schemas.ChangeOperation] {
    /// Reads stored operations; `nil` if this release does not know all of them.
    init?(scheduled value: JSONValue) {
        guard case .array(let elements) = value.content else { return nil }
        self = []
        for element in elements {
            var problems = ValidationProblems()
            var reader = JSONReader(element)
            guard let operation = try? Schemas.ChangeOperation.decode(from: &reader, problems: &problems) else {
                return nil
            }
            append(operation)
        }
    }
}
