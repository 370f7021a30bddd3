# Who sees the page. The page itself asks for the sign-in; here it is told by whom and for whom. The client's secret and
# the secret that signs the cookie are parameters below RUNTIME_PARAMETERS_PATH, which Terraform never reads.
locals {
  access_variables = merge(
    { ACCESS = var.access },
    var.access == "oidc" ? {
      OIDC_METADATA_URL    = var.oidc_metadata_url
      OIDC_CLIENT_ID       = var.oidc_client_id
      OIDC_ALLOWED_DOMAINS = join(",", var.oidc_allowed_domains)
      OIDC_ALLOWED_EMAILS  = join(",", var.oidc_allowed_emails)
      OIDC_ALLOWED_CLAIMS  = join(",", var.oidc_allowed_claims)
      LOGIN_HOURS          = tostring(var.login_hours)
    } : {},
  )
}

check "access" {
  assert {
    condition     = var.access == "oidc"
    error_message = "access is \"public\": whoever has the address of the page can use it. For patients' reports, set access = \"oidc\" (docs/access.md)."
  }
}
