/// The field `Accept-Encoding` (RFC 9110 §12.5.3).
struct AcceptEncoding {
    /// Whether gzip is admitted, and no less welcome than no compression.
    let prefersGzip: Bool

    init(_ field: String?) {
        var weights: [String: Double] = [:]
        for element in (field ?? "").lowercased().split(separator: ",") {
            let parts = element.filter { $0 != " " && $0 != "\t" }.split(separator: ";")
            guard let coding = parts.first else { continue }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }?.dropFirst(2)
            // What is no number is none that could be asked for.
            weights[String(coding)] = weight.map { Double(String($0)) ?? 0 } ?? 1
        }
        let gzip = weights["gzip"] ?? weights["x-gzip"] ?? weights["*"] ?? 0
        prefersGzip = gzip > 0 && gzip >= weights["identity"] ?? 0
    }
}
