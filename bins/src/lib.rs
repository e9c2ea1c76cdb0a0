//! The two processes of wazuh-iris.
pub mod forwarder;
pub mod home;
pub mod settings;
