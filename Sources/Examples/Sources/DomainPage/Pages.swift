import EPP
import EPPClient
import Hummingbird

/// What the service answers. Each handler is async code; the registry's sessions live on a hub thread.
struct Pages: Sendable {
    let registry: AsyncRegistryClient
    let metrics: PrometheusText

    func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.get("/") { _, _ in html("Is it free?", form()) }
        router.get("/check") { request, _ in
            try await check(request.uri.queryParameters["name"].map(String.init) ?? "")
        }
        router.get("/metrics") { _, _ in text(metrics.page) }
        return router
    }

    private func check(_ name: String) async throws -> Response {
        do {
            let reply = try await registry.send(CheckDomain(name))
            guard let domain = reply.data?.first else { return html("No answer", form(), status: .badGateway) }
            let verdict = domain.isAvailable ? "is free" : "is taken: \(domain.reason ?? "no reason given")"
            return html("\(domain.name) \(verdict)", form())
        } catch let error as RegistryError where error.code == .transport {
            return html("The registry cannot be reached", form(), status: .serviceUnavailable)
        } catch let error as RegistryError {
            return html("The registry refused: \(error.message)", form(), status: .badRequest)
        } catch let error as InvalidValue {
            return html("That is no domain: \(error.reason)", form(), status: .badRequest)
        }
    }

    private func form() -> String {
        #"<form action="/check"><input name="name" placeholder="example.gov"> <button>Check</button></form>"#
    }
}

private func html(_ title: String, _ body: String, status: HTTPResponse.Status = .ok) -> Response {
    let title = title.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
    let page = "<!DOCTYPE html><title>Domains</title><h1>\(title)</h1>\n\(body)\n"
    return answer(status, "text/html; charset=utf-8", page)
}

private func text(_ text: String) -> Response { answer(.ok, "text/plain; version=0.0.4", text) }

private func answer(_ status: HTTPResponse.Status, _ type: String, _ text: String) -> Response {
    Response(status: status, headers: [.contentType: type], body: .init(byteBuffer: ByteBuffer(string: text)))
}
