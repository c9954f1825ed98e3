import ArgumentParser
import Configuration
import HeksherServer
import HeksherStore
import LibPQ
import PostgresCluster

struct Dev: ServiceCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve on a private PostgreSQL server, for trying and developing.",
        discussion: """
            Starts a PostgreSQL server whose data is below --directory, migrates it, and serves. The server is reached \
            through a unix socket alone and stops with this command; what was stored is there the next time. PostgreSQL \
            must be installed (on Debian and Ubuntu: apt install postgresql).

            \(EnvironmentVariable.help(for: .dev))

            DOC_ONLY and the variable of the database have no effect.
            """)

    @Option(help: "Where the data is kept.", completion: .directory)
    var directory = ".heksher"

    @OptionGroup var address: Address

    @Flag(help: "Load a small set of settings and rules to look at.")
    var sample = false

    func run() async throws {
        // Errors in the configuration are reported before a server is started.
        let anywhere = try PostgresConfiguration(connectionString: "postgresql://", applicationName: "heksher")
        let settings = try ServiceConfiguration(
            .environment, database: anywhere, host: address.host, port: address.port,
            unixSocket: address.unixSocket, logFormat: .text)
        let piece = ServiceProcess.current.work.begin("the private PostgreSQL server")
        defer { ServiceProcess.current.work.end(piece) }
        try await PrivateCluster.withRunning(
            in: "\(directory)/postgres", onFirstUse: { tellOperator("Making a PostgreSQL cluster in \(directory)") }
        ) { cluster in
            let connectionString = cluster.connectionString(database: "postgres")
            let database = try PostgresConfiguration(
                connectionString: connectionString, applicationName: "heksher")
            let pool = PostgresPool(configuration: database, size: 1)
            try await Store.migrations.apply(pool)
            if sample { try await SampleData.load(into: Store(pool)) }
            pool.close()
            tellOperator("PostgreSQL runs in \(directory): psql '\(connectionString)'")
            var configuration = settings
            configuration.database = database
            try await serve(configuration) { address in
                tellOperator(
                    "Open \(address)/ for an overview, and \(address)/docs for the API. Ctrl-C ends the service.")
            }
        }
    }
}
