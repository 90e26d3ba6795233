//! Which passwords people may choose, and how they are asked for: what NIST and OWASP want, at the doors of the product.
