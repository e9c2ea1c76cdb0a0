//! What Wazuh says: 4.x alerts and 5.x findings, typed views, indicators; keeps the original bytes
