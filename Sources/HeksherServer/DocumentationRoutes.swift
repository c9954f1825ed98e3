import HTTPTypes
import HeksherAPI
import JSON
import OpenAPIRuntime

// What the service shows of itself, whether it has a database or not.

/// The contract, the pages that are rendered from it, and their icon.
let documentationRoutes = [
    page("openapi.json", "application/json", API.documentJSON.withUTF8Buffer { Array($0) }),
    page("docs", "text/html; charset=utf-8", overview), page("redoc", "text/html; charset=utf-8", overview),
    page("favicon.ico", "image/svg+xml", Array(icon.utf8)),
]

private func page(_ name: String, _ contentType: String, _ body: [UInt8]) -> Route {
    Route(
        "document", .get, [.literal(name)], readsBody: false,
        respond: { _, _ in APIResponse(status: .ok, contentType: contentType, body: body) })
}

/// Every operation of the contract on one page that needs nothing else.
private let overview: [UInt8] = {
    let rows = operations().map { method, path, summary in
        "<tr><td><code>\(method)</code></td><td><code>\(path)</code></td><td>\(summary)</td></tr>\n"
    }.joined()
    let text = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>Heksher \(HeksherApplication.version)</title>
        <link rel="icon" href="favicon.ico">
        <style>
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
        td { padding: .2rem 1rem .2rem 0; vertical-align: top }
        </style>
        </head>
        <body>
        <h1>Heksher \(HeksherApplication.version)</h1>
        <p>Settings whose values depend on context. The whole contract is <a href="openapi.json">openapi.json</a>.</p>
        <table>
        \(rows)</table>
        </body>
        </html>

        """
    return Array(text.utf8)
}()

/// What the document says of its operations, in its order.
private func operations() -> [(method: String, path: String, summary: String)] {
    func members(_ value: JSONValue?) -> [(key: String, value: JSONValue)] {
        if case .object(let members)? = value?.content { members } else { [] }
    }
    let document = API.documentJSON.withUTF8Buffer { try? JSONValue(parsing: Array($0)) }
    let paths = members(document).first { $0.key == "paths" }?.value
    return members(paths).flatMap { path, item in
        members(item).compactMap { method, operation in
            let summary = members(operation).first { $0.key == "summary" }?.value
            guard case .string(let text)? = summary?.content else { return nil }
            return (method.uppercased(), path, text)
        }
    }
}

private let icon = """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#30507a"/>\
    <path d="M8 10h16M8 16h16M8 22h16" stroke="#fff" stroke-width="2"/><circle cx="20" cy="10" r="3" fill="#ffc53d"/>\
    <circle cx="12" cy="16" r="3" fill="#ffc53d"/><circle cx="22" cy="22" r="3" fill="#ffc53d"/></svg>
    """
