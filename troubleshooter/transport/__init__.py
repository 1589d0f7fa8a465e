"""One HTTP session: TLS, retries, quotas, Graph and SharePoint batches."""
