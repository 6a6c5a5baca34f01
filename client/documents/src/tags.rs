//! The structure of a PDF (tagged PDF, ISO 32000-1, 14.8): headings, paragraphs and tables in the order of reading.

use pdf_writer::types::StructRole;
use pdf_writer::{Finish, Pdf, Ref};

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Document,
    Heading,
    Paragraph,
    Table,
    Row,
    HeaderCell,
    Cell,
}

struct Node {
    role: Role,
    parent: usize,
    children: Vec<Child>,
}

enum Child {
    Node(usize),
    /// Marked content of a page.
    Content {
        page: usize,
        id: i32,
    },
}

/// All nodes; the first one is the document.
pub(crate) struct Tags {
    nodes: Vec<Node>,
}

impl Tags {
    /// The document.
    pub(crate) const ROOT: usize = 0;
    /// The parent of what is no part of the structure.
    pub(crate) const NOWHERE: usize = usize::MAX;

    pub(crate) fn new() -> Self {
        let root = Node {
            role: Role::Document,
            parent: Self::NOWHERE,
            children: Vec::new(),
        };
        Self { nodes: vec![root] }
    }

    /// A node beneath another; nothing is beneath [`Tags::NOWHERE`].
    pub(crate) fn add(&mut self, parent: usize, role: Role) -> usize {
        let node = self.nodes.len();
        let Some(above) = self.nodes.get_mut(parent) else {
            return Self::NOWHERE;
        };
        above.children.push(Child::Node(node));
        self.nodes.push(Node {
            role,
            parent,
            children: Vec::new(),
        });
        node
    }

    /// Whether the node is part of the structure.
    pub(crate) fn has(&self, node: usize) -> bool {
        node < self.nodes.len()
    }

    /// Says that a node has content.
    pub(crate) fn content(&mut self, node: usize, page: usize, id: i32) {
        if let Some(node) = self.nodes.get_mut(node) {
            node.children.push(Child::Content { page, id });
        }
    }

    /// Writes all nodes; gives the root and, for every page, the node of each of its contents.
    pub(crate) fn write(&self, pdf: &mut Pdf, next: &mut Ref, pages: &[Ref], root: Ref) -> Ref {
        let refs: Vec<Ref> = self.nodes.iter().map(|_| next.bump()).collect();
        for (node, id) in self.nodes.iter().zip(&refs) {
            let mut element = pdf.struct_element(*id);
            element.kind(match node.role {
                Role::Document => StructRole::Document,
                Role::Heading => StructRole::H1,
                Role::Paragraph => StructRole::P,
                Role::Table => StructRole::Table,
                Role::Row => StructRole::TR,
                Role::HeaderCell => StructRole::TH,
                Role::Cell => StructRole::TD,
            });
            element.parent(refs.get(node.parent).copied().unwrap_or(root));
            let mut children = element.children();
            for child in &node.children {
                match child {
                    Child::Node(child) => {
                        if let Some(child) = refs.get(*child) {
                            children.struct_element(*child);
                        }
                    }
                    Child::Content { page, id } => {
                        if let Some(page) = pages.get(*page) {
                            children
                                .marked_content_ref()
                                .page(*page)
                                .marked_content_id(*id);
                        }
                    }
                }
            }
            children.finish();
            element.finish();
        }
        let mut of_pages: Vec<Vec<(i32, Ref)>> = pages.iter().map(|_| Vec::new()).collect();
        for (node, id) in self.nodes.iter().zip(&refs) {
            for child in &node.children {
                if let Child::Content { page, id: content } = child
                    && let Some(contents) = of_pages.get_mut(*page)
                {
                    contents.push((*content, *id));
                }
            }
        }
        let arrays: Vec<Ref> = pages.iter().map(|_| next.bump()).collect();
        for (contents, id) in of_pages.iter_mut().zip(&arrays) {
            contents.sort_by_key(|(content, _)| *content);
            pdf.indirect(*id)
                .array()
                .items(contents.iter().map(|(_, node)| *node));
        }
        let parents = next.bump();
        let mut tree = pdf.indirect(parents).dict();
        let mut numbers = tree.insert(pdf_writer::Name(b"Nums")).array();
        for (page, array) in (0_i32..).zip(&arrays) {
            numbers.item(page);
            numbers.item(*array);
        }
        numbers.finish();
        tree.finish();
        let mut structure = pdf
            .indirect(root)
            .start::<pdf_writer::writers::StructTreeRoot<'_>>();
        if let Some(document) = refs.first() {
            structure.child(*document);
        }
        structure.pair(pdf_writer::Name(b"ParentTree"), parents);
        structure.finish();
        root
    }
}
