import HeksherStore
import Synchronization

/// An answer to a query, with what it was made of, so that it is known for how long it holds.
final class CachedAnswer: Sized {
    let question: Question
    let body: AnswerBody
    private let allNames: [String]
    private let settings: [QueryableSetting]
    /// The newest snapshot that the answer is known to hold in.
    private let snapshotID: Atomic<Int>

    init(to question: Question, _ settings: [QueryableSetting], in snapshot: Snapshot<QueryableSetting>) {
        body = AnswerBody(question.body(of: settings, snapshot.features))
        self.question = question
        self.settings = settings
        allNames = question.settings == nil ? snapshot.names : []
        snapshotID = Atomic(snapshot.id)
    }

    /// About how many bytes of memory it takes.
    var size: Int {
        body.size + settings.count * 8 + ((question.settings?.names ?? []).count + allNames.count) * 16 + 512
    }

    /// Whether the holder of a token may have it as it is.
    func isFor(_ token: AccessToken) -> Bool {
        if token.prefixes == nil { return true }
        guard let names = question.settings?.names else { return false }
        return names.allSatisfy(token.admits) && settings.allSatisfy { token.admits($0.name) }
    }

    /// Whether the answer is what one made of this snapshot would be: whether the settings are the same ones. No context
    /// feature that has come since matters, since none of these settings' rules has a condition on it.
    func holds(in snapshot: Snapshot<QueryableSetting>) -> Bool {
        if snapshotID.load(ordering: .relaxed) == snapshot.id { return true }
        guard question.settings != nil || snapshot.names == allNames,
            case .found(let now) = question.selection(in: snapshot), now.elementsEqual(settings, by: ===)
        else { return false }
        snapshotID.store(snapshot.id, ordering: .relaxed)
        return true
    }
}
