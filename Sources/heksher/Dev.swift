import ArgumentParser
import HeksherServer
import HeksherStore
import Postgres
import PostgresCluster

struct Dev: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve on a private PostgreSQL server, for trying and developing.",
        discussion: """
            Starts a PostgreSQL server whose data is below --directory, migrates it, and serves. The server is reached \
            through a unix socket alone and stops with this command; what was stored is there the next time. PostgreSQL \
            must be installed (on Debian and Ubuntu: apt install postgresql).

            ENVIRONMENT
              HEKSHER_DB_POOL_SIZE
                How many connections to the database there may be, besides one for
                the health check. (default: 8)
              PORT
                The port to listen on, unless --port is given. (default: 8080)

            The other variables of 'heksher serve' count too, but for DOC_ONLY and that of the database.
            """)

    @Option(help: "Where the data is kept.")
    var directory = ".heksher"

    @OptionGroup var address: Address

    @Flag(help: "Load a small set of settings and rules to look at.")
    var sample = false

    func run() async throws {
        // What is wrong with the configuration comes to light before a server is started.
        let anywhere = try PostgresConfiguration(connectionString: "postgresql://", applicationName: "heksher")
        let settings = try ServiceConfiguration(
            .environment, database: anywhere, host: address.host, port: address.port, logFormat: .text)
        try await PrivateCluster.withRunning(
            in: "\(directory)/postgres", onFirstUse: { say("Making a PostgreSQL cluster in \(directory)") }
        ) { cluster in
            let connectionString = cluster.connectionString(database: "postgres")
            let database = try PostgresConfiguration(
                connectionString: connectionString, applicationName: "heksher")
            let pool = PostgresPool(configuration: database, size: 1)
            try await Store.migrations.apply(pool)
            if sample { try await SampleData.load(into: Store(pool)) }
            pool.close()
            say("PostgreSQL runs in \(directory): psql '\(connectionString)'")
            var configuration = settings
            configuration.database = database
            try await serve(configuration)
        }
    }
}
