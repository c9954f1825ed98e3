import ArgumentParser
import ContractGenerator

struct Keywords: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prints which keywords of schemas are supported, and how, as a table in Markdown.")

    func run() {
        print(KeywordTable.markdown, terminator: "")
    }
}
