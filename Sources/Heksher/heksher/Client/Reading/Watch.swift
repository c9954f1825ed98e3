import ArgumentParser
import ContractJSON
import ContractRuntime
import FoundationEssentials
import HeksherAPI
import HeksherClient

struct Watch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print a line for each change of settings, as it happens.",
        discussion: """
            Follows the service's stream of changes until Ctrl-C: changes through this service, through another instance, by the \
            original or by SQL. If the connection breaks, the command connects again, and the service reports what it has missed. \
            'heksher get --watch' and 'heksher rules --watch' show the values instead.

            With --output json, each event is a JSON object on a line of its own; with yaml, a document; with csv, a line with the \
            time, the event and the settings.

            EXAMPLES
              heksher watch
              heksher watch checkout.max_items checkout.theme
              heksher watch --output json | jq .settings
            """)

    @Argument(
        help: ArgumentHelp(
            "The settings, by name, pattern or alias; all of them if none is named.", valueName: "name"),
        completion: .settings)
    var names: [NameArgument] = []

    @OptionGroup var options: ServiceOptions

    /// The time between two attempts to connect.
    private static let pause = Duration.seconds(1)

    func run() async throws {
        let service = try options.service()
        let names = try await names.expanded(service)
        var last: String?
        var isAway = false
        while true {
            do {
                let events = try await service.read { client in
                    let output = try await client.watchSettings(
                        .init(settings: names.isEmpty ? nil : names, lastEventID: last))
                    return try output.ok.body
                }
                if isAway { say("heksher: connected again") }
                isAway = false
                for try await event in events {
                    if last == nil || event.name != "ready" { try show(event, service) }
                    last = event.id ?? last
                }
            } catch let refusal as Refusal where refusal.status != .unavailable || last == nil {
                throw refusal
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                // The connection broke, or the service is being restarted.
                if !isAway { say("heksher: \(service.address) is away; trying to connect again") }
                isAway = true
            }
            try await Task.sleep(for: Self.pause)
        }
    }

    private func show(_ event: ServerSentEvent<Schemas.SettingsEvent>, _ service: RemoteService) throws {
        let name = event.name ?? "message"
        let settings = event.data.settings ?? []
        let hasFeatures = event.data.contextFeatures == true
        let time = Date.now.formatted(Date.ISO8601FormatStyle())
        switch service.form {
        case .table:
            let sentence =
                switch name {
                case "ready": "waiting for changes"
                case "reset": "changes may have been missed: read everything again"
                default:
                    (settings.map { "\($0) has changed" } + (hasFeatures ? ["the context features have changed"] : []))
                        .joined(separator: ", ")
                }
            try heksher.show("\(time)  \(sentence)")
        case .json, .yaml:
            try service.showDocument([
                "event": JSONValue(name), "time": JSONValue(time),
                "settings": JSONValue(array: settings.map { JSONValue($0) }),
                "context_features": JSONValue(hasFeatures),
            ])
        case .csv:
            var table = Table(.fixed("TIME"), .fixed("EVENT"), .fixed("SETTINGS"))
            table.add(time, name, settings.joined(separator: " "))
            // Without the line of titles.
            try heksher.show(String(table.csv.drop { $0 != "\n" }.dropFirst()))
        }
    }
}
