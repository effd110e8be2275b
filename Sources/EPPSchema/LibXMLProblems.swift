#if canImport(CLibXML2)
    import CLibXML2
    import EPP

    /// Collects what libxml2 complains of.
    final class LibXMLProblems {
        /// About a document.
        private(set) var values: [InvalidValue] = []
        /// About schemas.
        private(set) var files: [SchemaError] = []

        /// What libxml2 hands back to `take`. Good as long as the object lives, which the caller sees to.
        var context: UnsafeMutableRawPointer {
            Unmanaged.passUnretained(self).toOpaque()
        }

        static func take(_ context: UnsafeMutableRawPointer?, _ error: xmlError?) {
            guard let context, let error, error.level.rawValue >= XML_ERR_ERROR.rawValue else { return }
            // Safe: `context` is what the property of this name gave, and the caller's object lives until libxml2 returns.
            Unmanaged<LibXMLProblems>.fromOpaque(context).takeUnretainedValue().append(error)
        }

        private func append(_ error: xmlError) {
            // libxml2 ends its strings with a zero.
            let (attribute, reason) = Self.parts(of: error.message.map { String(cString: $0) } ?? "")
            files.append(SchemaError(file: error.file.map { String(cString: $0) } ?? "", reason: reason))
            guard let place = error.node else { return values.append(InvalidValue(field: "", reason: reason)) }
            // Safe: in a validation the node is one of the tree's, or an attribute, which starts with the same members.
            var node = place.assumingMemoryBound(to: xmlNode.self)
            if node.pointee.type == XML_ATTRIBUTE_NODE, let owner = node.pointee.parent { node = owner }
            let field = attribute.map { "\(Self.name(of: node)) \($0)" } ?? Self.name(of: node)
            values.append(
                InvalidValue(field: field, reason: Self.isSecret(node) ? "is not as the schema says" : reason))
        }

        /// A message starts with the element and, where it is about one, the attribute: `Element '{urn:x}a', attribute
        /// 'b': `. What is behind it is made no longer than a line of a log.
        private static func parts(of message: String) -> (attribute: String?, reason: String) {
            var attribute: String?
            var reason = message[...]
            if reason.hasPrefix("Element '"), let end = reason.firstRange(of: "': ") {
                let start = reason[..<end.lowerBound]
                if let name = start.firstRange(of: "', attribute '") {
                    attribute = start[name.upperBound...].split(separator: "}").last.map { String($0) }
                }
                reason = reason[end.upperBound...]
            }
            let line = reason.split(whereSeparator: \.isNewline).joined(separator: " ")
            return (attribute, line.count > 300 ? line.prefix(300) + "…" : line)
        }

        private static func name(of node: UnsafeMutablePointer<xmlNode>) -> String {
            let name = CompiledSchemas.text(node.pointee.name)
            guard let prefix = node.pointee.ns?.pointee.prefix else { return name }
            return "\(CompiledSchemas.text(prefix)):\(name)"
        }

        /// Is it a password or an authorization, or something in one? Of these nothing is quoted.
        private static func isSecret(_ node: UnsafeMutablePointer<xmlNode>) -> Bool {
            var next = Optional(node)
            while let node = next, node.pointee.type == XML_ELEMENT_NODE {
                if ["pw", "newPW", "authInfo"].contains(CompiledSchemas.text(node.pointee.name)) { return true }
                next = node.pointee.parent
            }
            return false
        }
    }
#endif
