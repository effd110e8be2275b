import EPP

#if canImport(CLibXML2)
    import CLibXML2

    /// Schemas as libxml2 has them. Used by one thread at a time: its documentation does not say what else would do.
    struct CompiledSchemas: ~Copyable {
        static let isAvailable = true

        /// Made in `init`, freed in `deinit`, and never handed out.
        private let schema: OpaquePointer

        init(files: [String]) throws(SchemaError) {
            Self.initialize()
            let source = try Self.source(importing: files)
            let problems = LibXMLProblems()
            // The parser keeps no pointer into the source behind the block.
            let parsed = source.withUnsafeBytes { bytes -> OpaquePointer? in
                guard let parser = xmlSchemaNewMemParserCtxt(bytes.baseAddress, CInt(bytes.count)) else { return nil }
                defer { xmlSchemaFreeParserCtxt(parser) }
                xmlSchemaSetParserStructuredErrors(parser, { LibXMLProblems.take($0, $1?.pointee) }, problems.context)
                return xmlSchemaParse(parser)
            }
            guard let parsed else {
                let first = problems.files.first
                throw SchemaError(file: first?.file ?? "", reason: first?.reason ?? "libxml2 cannot read the schemas")
            }
            schema = parsed
        }

        deinit {
            xmlSchemaFree(schema)
        }

        /// What is wrong with a document that is known to be well-formed.
        func problems(in document: [UInt8]) -> [InvalidValue] {
            let unread = [InvalidValue(field: "", reason: "libxml2 cannot read the document")]
            // No entities, no DTD, no network; what libxml2 has to say about syntax is not needed.
            let options = CInt(XML_PARSE_NONET.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue)
            // Safe: bytes are read as characters within the call, as many as are said; the tree is made of copies.
            let tree = document.withUnsafeBytes { bytes in
                xmlReadMemory(
                    bytes.assumingMemoryBound(to: CChar.self).baseAddress, CInt(bytes.count), nil, "UTF-8", options)
            }
            guard let tree else { return unread }
            defer { xmlFreeDoc(tree) }
            Self.removeHints(from: tree)
            guard let validator = xmlSchemaNewValidCtxt(schema) else { return unread }
            defer { xmlSchemaFreeValidCtxt(validator) }
            let problems = LibXMLProblems()
            xmlSchemaSetValidStructuredErrors(validator, { LibXMLProblems.take($0, $1?.pointee) }, problems.context)
            let code = xmlSchemaValidateDoc(validator, tree)
            let values = problems.values
            return code != 0 && values.isEmpty ? unread : values
        }

        /// libxml2 wants to be set up before several threads use it. `xmlInitParser` leaves out the catalogue of external
        /// entities: two threads that come to it first at once make a lock each, and wait for ever.
        private static func initialize() {
            _ = setUp
        }

        private static let setUp: Void = {
            xmlInitParser()
            xmlInitializeCatalog()
        }()

        /// A schema that does nothing but import the others.
        private static func source(importing files: [String]) throws(SchemaError) -> [UInt8] {
            var imports: [(namespace: String, location: String)] = []
            for file in files {
                let location = try SchemaFiles.location(of: file)
                imports.append((try namespace(of: file), location))
            }
            var writer = XMLWriter()
            writer.element("schema", .init("xmlns", XMLNamespace(uri))) { writer in
                for (namespace, location) in imports {
                    writer.element("import", .init("namespace", namespace), .init("schemaLocation", location))
                }
            }
            do {
                return try writer.finish()
            } catch {
                throw SchemaError(file: "", reason: error.description)
            }
        }

        private static let uri = "http://www.w3.org/2001/XMLSchema"

        /// The namespace that a schema is for. A schema that would be fetched over the network, which would stop all
        /// greenlets of the thread, is refused.
        private static func namespace(of file: String) throws(SchemaError) -> String {
            let options = CInt(XML_PARSE_NONET.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue)
            guard let tree = xmlReadFile(file, nil, options) else {
                throw SchemaError(file: file, reason: "is no well-formed XML")
            }
            defer { xmlFreeDoc(tree) }
            guard let root = xmlDocGetRootElement(tree), let space = root.pointee.ns, text(space.pointee.href) == uri,
                text(root.pointee.name) == "schema", let target = attribute("targetNamespace", of: root)
            else { throw SchemaError(file: file, reason: "is no schema with a target namespace") }
            var child = root.pointee.children
            while let node = child {
                if let location = attribute("schemaLocation", of: node), location.contains("://") {
                    throw SchemaError(file: file, reason: "refers to \(location): nothing is fetched over the network")
                }
                child = node.pointee.next
            }
            return target
        }

        private static func attribute(_ name: String, of node: UnsafeMutablePointer<xmlNode>) -> String? {
            guard node.pointee.type == XML_ELEMENT_NODE, let value = xmlGetNoNsProp(node, name) else { return nil }
            // The value is a copy of the caller's.
            defer { cxml_free(value) }
            return text(value)
        }

        static func text(_ bytes: UnsafePointer<xmlChar>?) -> String {
            // libxml2 ends its strings with a zero.
            bytes.map { String(cString: $0) } ?? ""
        }

        /// Takes away what a document says of where its schemas are: libxml2 would open the files.
        private static func removeHints(from tree: UnsafeMutablePointer<xmlDoc>) {
            var next = xmlDocGetRootElement(tree)
            while let node = next {
                if node.pointee.type == XML_ELEMENT_NODE {
                    for name in ["schemaLocation", "noNamespaceSchemaLocation"] {
                        // Safe: the attribute belongs to the node, and nothing else points at it.
                        if let hint = xmlHasNsProp(node, name, uri + "-instance") { xmlRemoveProp(hint) }
                    }
                }
                next = node.pointee.children ?? following(node)
            }
        }

        /// The node that comes after a node and all that is in it, in the order of the document.
        private static func following(_ node: UnsafeMutablePointer<xmlNode>) -> UnsafeMutablePointer<xmlNode>? {
            var node = node
            while node.pointee.next == nil {
                guard let parent = node.pointee.parent, parent.pointee.type == XML_ELEMENT_NODE else { return nil }
                node = parent
            }
            return node.pointee.next
        }
    }
#else
    /// What there is where libxml2-dev was missing: nothing can be made.
    struct CompiledSchemas: ~Copyable {
        static let isAvailable = false

        init(files: [String]) throws(SchemaError) {
            throw SchemaError(
                file: "", reason: "EPPSchema was built without libxml2: install libxml2-dev and build again")
        }

        func problems(in document: [UInt8]) -> [InvalidValue] {
            fatalError("there are no schemas without libxml2")
        }
    }
#endif
