import ArgumentParser
import Configuration
import HeksherServer
import HeksherStore
import LibPQ

struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring the database's schema up to date.",
        discussion: """
            Applies each migration that the database has not had, all of them in one transaction. Running it again does \
            nothing, and running it on several machines at once applies each migration once.

            \(EnvironmentVariable.help(for: .migrate))
            """)

    @Flag(help: "Tell which migrations the database has had, and change nothing.")
    var status = false

    @Flag(help: "Print the SQL that would be run, and change nothing.")
    var dryRun = false

    func validate() throws {
        if status && dryRun { throw ValidationError("--status and --dry-run do not go together") }
    }

    func run() async throws {
        let pool = PostgresPool(configuration: try ServiceConfiguration.database(.environment), size: 1)
        defer { pool.close() }
        if status {
            let status = try await ServiceConfiguration.connecting { try await Store.migrations.status(pool) }
            for migration in status.applied { try show("applied  \(migration.title)") }
            for migration in status.pending { try show("pending  \(migration.title)") }
        } else if dryRun {
            let status = try await ServiceConfiguration.connecting { try await Store.migrations.status(pool) }
            for migration in status.pending {
                try show("-- \(migration.title)\n\(migration.sql)")
            }
        } else {
            let applied = try await Progress.during("Migrating the database") { progress in
                try await ServiceConfiguration.connecting {
                    try await Store.migrations.apply(pool) { step in progress.reach(step.sentence) }
                }
            }
            for migration in applied { try show("applied  \(migration.title)") }
            if applied.isEmpty { try show("The schema is up to date.") }
        }
    }
}

extension Migrations.Step {
    fileprivate var sentence: String {
        switch self {
        case .waiting: "waiting for another process that migrates it"
        case .applying(let migration, let index, let count): "\(migration.title), \(index) of \(count)"
        case .committing: "storing the changes"
        }
    }
}

extension Migration {
    /// The name of its file.
    fileprivate var title: String {
        let digits = String(number)
        return "\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)_\(name)"
    }
}
