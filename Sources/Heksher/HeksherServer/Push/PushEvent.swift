import ContractRuntime
import HeksherAPI
import HeksherStore

/// An event of a stream.
struct PushEvent: Sendable, Hashable {
    /// The kind of the event, and its data.
    enum Content: Sendable, Hashable {
        /// From now on, the service reports every change.
        case ready
        /// A transaction has changed settings, which are sorted by name, or the list of context features.
        case change(settings: [String], contextFeatures: Bool)
        /// The client must read everything again.
        case reset

        /// The name in a stream of changes of settings.
        var name: String {
            switch self {
            case .ready: "ready"
            case .change: "change"
            case .reset: "reset"
            }
        }
    }

    /// The form in which a stream shows events.
    enum Form: Sendable, Hashable {
        /// ``WatchSettings``
        case settings
        /// ``WatchFlags``
        case flags
    }

    /// An ID with which no stream can continue.
    static let unknownID = "0"

    let content: Content
    /// The text of a ``ChangeMark``.
    let id: String
    /// The time at which this instance saw the change, in seconds since 1970.
    let time: Int

    private var settingsData: Schemas.SettingsEvent {
        guard case .change(let settings, let contextFeatures) = content else { return Schemas.SettingsEvent() }
        return Schemas.SettingsEvent(settings: settings, contextFeatures: contextFeatures)
    }

    private var flagsData: Schemas.FlagsEvent {
        Schemas.FlagsEvent(type: .refetchEvaluation, etag: id, lastModified: time)
    }

    /// The event in a stream of changes of settings.
    var settingsEvent: ServerSentEvent<Schemas.SettingsEvent> {
        ServerSentEvent(settingsData, name: content.name, id: id)
    }

    /// The event in a stream of changes of flags.
    var flagsEvent: ServerSentEvent<Schemas.FlagsEvent> { ServerSentEvent(flagsData, name: "message", id: id) }

    /// Appends the event as it is sent.
    func write(to text: inout String, _ form: Form) {
        let (name, data) =
            switch form {
            case .settings: (content.name, settingsData.jsonBytes())
            case .flags: ("message", flagsData.jsonBytes())
            }
        text += "event: \(name)\nid: \(id)\ndata: \(String(decoding: data, as: UTF8.self))\n\n"
    }
}
