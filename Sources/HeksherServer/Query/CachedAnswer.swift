import HeksherStore
import NIOCore
import Synchronization

/// An answer to a query, with what it was made of, so that it is known for how long it holds.
final class CachedAnswer: Sized {
    let question: Question
    let body: AnswerBody
    private let allNames: [String]
    private let settings: [QueryableSetting]
    /// Where each setting ends in the body.
    private let ends: [Int]
    /// The newest snapshot that the answer is known to hold in.
    private let snapshotID: Atomic<Int>

    /// - Parameter former: an answer to the same question, from which settings are taken that are the same ones.
    init(
        to question: Question, _ settings: [QueryableSetting], in snapshot: Snapshot<QueryableSetting>,
        from former: CachedAnswer? = nil
    ) {
        let (bytes, ends) = question.body(of: settings, snapshot.features) { index in
            guard let former, index < former.settings.count, former.settings[index] === settings[index] else {
                return nil
            }
            return former.written(at: index)
        }
        body = AnswerBody(bytes)
        self.ends = ends
        self.question = question
        self.settings = settings
        allNames = question.settings == nil ? snapshot.names : []
        snapshotID = Atomic(snapshot.id)
    }

    /// About how many bytes of memory it takes.
    var size: Int {
        body.size + settings.count * 16 + ((question.settings?.names ?? []).count + allNames.count) * 16 + 512
    }

    /// A setting as it stands in the body, with the comma in front of it.
    private func written(at index: Int) -> ByteBufferView {
        body.plainBytes[(index == 0 ? Question.bodyStart.utf8.count : ends[index - 1])..<ends[index]]
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
