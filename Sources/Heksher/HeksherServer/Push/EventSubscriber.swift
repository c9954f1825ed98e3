/// A client that follows changes: the settings that it wants to know about, and those that it may see.
final class EventSubscriber: Sendable {
    /// The names that the client requested; `nil` for all settings.
    let names: [String]?
    /// `nil` if the service uses no tokens.
    let token: AccessToken?
    let form: PushEvent.Form
    private let onEnd: @Sendable () -> Void

    /// - Parameter onEnd: called once the client no longer counts.
    init(
        _ names: [String]?, token: AccessToken?, form: PushEvent.Form, onEnd: @escaping @Sendable () -> Void
    ) {
        self.names = names
        self.token = token
        self.form = form
        self.onEnd = onEnd
    }

    deinit { onEnd() }

    /// Whether the client may see only some of the settings.
    var isLimited: Bool { token?.prefixes != nil }

    /// The names of settings that the client may see.
    func admitted(_ names: Set<String>) -> Set<String> {
        guard let token, isLimited else { return names }
        return names.filter(token.admits)
    }
}
