public import Logging

extension Logger.Level {
    /// Parses a level: a name of swift-log or Python in any letter case, or a number of Python, which is rounded up to the next level (`20`
    /// is `info`; https://docs.python.org/3/library/logging.html#logging-levels).
    public init?(named text: String) {
        if let number = Int(text) {
            guard (0...50).contains(number), let level = Self.allCases.first(where: { $0.pythonNumber >= number })
            else {
                return nil
            }
            self = level
            return
        }
        switch text.lowercased() {
        case "notset": self = .trace
        case "warn": self = .warning
        case "fatal": self = .critical
        case let name:
            guard let level = Self(rawValue: name) else { return nil }
            self = level
        }
    }

    private var pythonNumber: Int {
        switch self {
        case .trace: 5
        case .debug: 10
        case .info: 20
        case .notice: 25
        case .warning: 30
        case .error: 40
        case .critical: 50
        }
    }
}
