#if canImport(CLibXML2)
    import CLibXML2

    /// A document as libxml2 reads it: what there is in it in one order and form, or what is wrong with it.
    struct LibXMLReading {
        /// Elements, attributes and texts, comparable with those of another reader; nil where it is not well-formed.
        let events: [ReadingEvent]?
        /// What libxml2 complained of, by its numbers.
        let codes: [Int32]

        /// libxml2 wants to be set up before several threads use it.
        private static let setUp: Void = xmlInitParser()

        init(_ document: [UInt8]) {
            _ = Self.setUp
            let complaints = Complaints()
            // No DTD, no network; CDATA sections are text. Without NOENT `&amp;` in a namespace would stay `&#38;`.
            let options = CInt(XML_PARSE_NONET.rawValue | XML_PARSE_NOCDATA.rawValue | XML_PARSE_NOENT.rawValue)
            var events: [ReadingEvent]?
            // Safe: the handler is the thread's own, is called within the block only, and `complaints` lives as long.
            withExtendedLifetime(complaints) {
                xmlSetStructuredErrorFunc(Unmanaged.passUnretained(complaints).toOpaque()) { context, error in
                    guard let context, let error else { return }
                    Unmanaged<Complaints>.fromOpaque(context).takeUnretainedValue().append(error.pointee)
                }
                defer { xmlSetStructuredErrorFunc(nil, nil) }
                guard let parser = xmlNewParserCtxt() else { return }
                defer { xmlFreeParserCtxt(parser) }
                // Safe: the tree is made of copies of the bytes, which are read within the call.
                let tree = document.withUnsafeBytes { bytes in
                    xmlCtxtReadMemory(
                        parser, bytes.assumingMemoryBound(to: CChar.self).baseAddress, CInt(bytes.count), nil, nil,
                        options)
                }
                guard let tree else { return }
                defer { xmlFreeDoc(tree) }
                guard parser.pointee.wellFormed == 1, complaints.codes.isEmpty else { return }
                var read: [ReadingEvent] = []
                Self.append(xmlDocGetRootElement(tree), to: &read)
                events = read
            }
            self.events = events
            codes = complaints.codes
        }

        /// Safe: the node is nil or one of a tree that lives as long as the call.
        private static func append(_ node: UnsafeMutablePointer<xmlNode>?, to events: inout [ReadingEvent]) {
            var next = node
            while let node = next {
                switch node.pointee.type {
                case XML_ELEMENT_NODE:
                    let attributes = attributes(of: node)
                    events.append(.start(text(node.pointee.ns?.pointee.href), text(node.pointee.name), attributes))
                    append(node.pointee.children, to: &events)
                    events.append(.end)
                case XML_TEXT_NODE, XML_CDATA_SECTION_NODE:
                    ReadingEvent.append(text: text(node.pointee.content), to: &events)
                default: break
                }
                next = node.pointee.next
            }
        }

        private static func attributes(of node: UnsafeMutablePointer<xmlNode>) -> [ReadingEvent.Attribute] {
            var attributes: [ReadingEvent.Attribute] = []
            var next = node.pointee.properties
            while let attribute = next {
                let value = xmlNodeListGetString(node.pointee.doc, attribute.pointee.children, 1)
                // The value is a copy of the caller's.
                defer { if let value { cxml_free(value) } }
                attributes.append(
                    .init(
                        uri: text(attribute.pointee.ns?.pointee.href), name: text(attribute.pointee.name),
                        value: text(value)))
                next = attribute.pointee.next
            }
            return attributes
        }

        /// libxml2 ends its strings with a zero.
        private static func text(_ bytes: UnsafePointer<xmlChar>?) -> String {
            bytes.map { String(cString: $0) } ?? ""
        }

        private final class Complaints {
            private(set) var codes: [Int32] = []

            func append(_ error: xmlError) {
                // That a namespace is no URI, or a relative one, and what an `xml:id` is like, is no matter of
                // well-formedness.
                let ignored = [
                    XML_WAR_NS_URI, XML_WAR_NS_URI_RELATIVE, XML_DTD_XMLID_VALUE, XML_DTD_ID_REDEFINED,
                ]
                guard error.level.rawValue >= XML_ERR_ERROR.rawValue,
                    !ignored.contains(where: { Int32($0.rawValue) == error.code })
                else { return }
                codes.append(error.code)
            }
        }
    }
#endif
