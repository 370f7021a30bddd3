# ------------------------------------------------------------------------------------------------ where and what

variable "aws_region" {
  description = "AWS region to deploy to."
  type        = string
  default     = "eu-west-3"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.aws_region))
    error_message = "aws_region is a region's code, such as eu-west-3."
  }
}

variable "app_name" {
  description = "Application name: the function's name, and the beginning of every other name in the stack."
  type        = string
  default     = "patient-insight"
  nullable    = false

  # 40 leaves room in the role's name (64 at most) for the region.
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,38}[a-z0-9]$", var.app_name))
    error_message = "app_name has 3 to 40 lower-case letters, digits and hyphens, begins with a letter and does not end with a hyphen."
  }

  # Amazon S3, "General purpose bucket naming rules": the state's bucket is APP_NAME-terraform-ACCOUNT-REGION.
  validation {
    condition     = length("${var.app_name}-terraform-123456789012-${var.aws_region}") <= 63
    error_message = "app_name is too long for the region: with -terraform-, the account's 12 digits and the region behind it, it names the bucket of the state, which may have 63 characters. Of 30 letters it fits eu-west-3."
  }

  # Systems Manager, PutParameter: a name can't be prefixed with "aws" or "ssm".
  validation {
    condition     = !can(regex("^(aws|ssm)", var.app_name))
    error_message = "app_name can't begin with aws or ssm: Systems Manager keeps parameter names that begin so for itself."
  }
}

variable "image_identifier" {
  description = "ECR image URI: REGISTRY/NAME:TAG or REGISTRY/NAME@sha256:DIGEST. A tag is resolved to its digest."
  type        = string
  nullable    = false

  validation {
    condition = can(regex(
      "^[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)+(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}|@sha256:[0-9a-f]{64})$",
      var.image_identifier,
    ))
    error_message = <<-EOT
      image_identifier is "${var.image_identifier}", which is not an image URI with a tag or a digest. Pass one of
        ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME:TAG
        ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME@sha256:DIGEST (64 hexadecimal digits)
    EOT
  }

  # Lambda, CreateFunction: the image must be in the function's own region.
  validation {
    condition = try(
      regex("^[0-9]{12}\\.dkr[.-]ecr(?:-fips)?\\.([a-z0-9-]+)\\.", var.image_identifier)[0] == var.aws_region,
      true, # Another kind of registry name says nothing about its region.
    )
    error_message = "The image is not in aws_region (${var.aws_region}), and Lambda runs an image of its own region only. Push it to a repository there, or deploy to the image's region."
  }
}

variable "image_repo_type" {
  description = "Where the image is: ECR, a private repository; ECR_PUBLIC, the public gallery, which Lambda can't run from."
  type        = string
  default     = "ECR"
  nullable    = false

  validation {
    condition     = contains(["ECR", "ECR_PUBLIC"], var.image_repo_type)
    error_message = "image_repo_type is ECR or ECR_PUBLIC."
  }
}

# ------------------------------------------------------------------------------------------------ language model

variable "model_provider" {
  description = "LLM provider: openai, mistral, or local for the rules engine that needs no key."
  type        = string
  default     = "openai"
  nullable    = false

  validation {
    condition     = contains(["openai", "mistral", "local"], var.model_provider)
    error_message = "model_provider is openai, mistral or local."
  }
}

variable "model_name" {
  description = "LLM model name, as the provider spells it. The local provider has one engine and does not read it."
  type        = string
  default     = "gpt-4o"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9._:/-]*$", var.model_name))
    error_message = "model_name is a model's name without spaces, such as gpt-4o or mistral-large-latest."
  }

  validation {
    condition     = !(var.model_provider == "mistral" && startswith(var.model_name, "gpt-"))
    error_message = "model_provider is mistral, but ${var.model_name} is a model of OpenAI. Pass one of Mistral's, such as -var=model_name=mistral-large-latest."
  }
}

variable "engine_settings" {
  description = "More about the engines, by the name of the environment variable: .env.example explains each. No keys."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition = length(setsubtract(
      keys(var.engine_settings),
      ["MISTRAL_MODEL", "MISTRAL_SERVER_URL", "MODEL_REGION", "OPENAI_BASE_URL", "OPENAI_MODEL"],
    )) == 0
    error_message = "engine_settings may name MISTRAL_MODEL, MISTRAL_SERVER_URL, MODEL_REGION, OPENAI_BASE_URL and OPENAI_MODEL. Keys belong into Systems Manager."
  }
}

variable "key_delivery" {
  description = "How the function gets the keys: environment, Terraform reads them and puts them into its configuration; runtime, it reads them itself, and neither state nor configuration holds them."
  type        = string
  default     = "environment"
  nullable    = false

  validation {
    condition     = contains(["environment", "runtime"], var.key_delivery)
    error_message = "key_delivery is environment or runtime."
  }
}

variable "jobs_at_once" {
  description = "How many reports of one reader may be read at once, each by an instance of its own or a request to a provider."
  type        = number
  default     = 16
  nullable    = false

  validation {
    condition     = var.jobs_at_once >= 1 && var.jobs_at_once <= 1000 && floor(var.jobs_at_once) == var.jobs_at_once
    error_message = "jobs_at_once is a whole number from 1 to 1000."
  }
}

# ------------------------------------------------------------------------------------------------ access

variable "access" {
  description = "Who sees the page: public, whoever has its address; oidc, whom the OpenID Connect provider below signs in and the lists below admit."
  type        = string
  default     = "public"
  nullable    = false

  validation {
    condition     = contains(["public", "oidc"], var.access)
    error_message = "access is public or oidc."
  }
}

variable "oidc_metadata_url" {
  description = "Where the sign-in provider describes itself: https://…/.well-known/openid-configuration."
  type        = string
  default     = ""
  nullable    = false

  # Plain http only on this machine, for a provider that a test or a person runs here.
  validation {
    condition     = var.oidc_metadata_url == "" || can(regex("^(https://|http://(127\\.0\\.0\\.1|localhost)[:/])[^\\s?#]+$", var.oidc_metadata_url))
    error_message = "oidc_metadata_url is an https address, such as https://login.example/.well-known/openid-configuration."
  }

  validation {
    condition     = var.access != "oidc" || var.oidc_metadata_url != ""
    error_message = "With access = \"oidc\", oidc_metadata_url names the provider that signs people in."
  }
}

variable "oidc_client_id" {
  description = "The name under which the provider knows this application. Its secret is no variable: `invoke access.set-secret` keeps it in Systems Manager."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = var.access != "oidc" || can(regex("^[!-~]{1,256}$", var.oidc_client_id))
    error_message = "With access = \"oidc\", oidc_client_id is what the provider calls this application, without spaces."
  }
}

variable "oidc_allowed_domains" {
  description = "Who is admitted: verified e-mail addresses of these domains, such as chu.example. Subdomains are domains of their own."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for domain in var.oidc_allowed_domains : can(regex("^[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+$", domain))])
    error_message = "oidc_allowed_domains holds domains such as chu.example, without @."
  }
}

variable "oidc_allowed_emails" {
  description = "Who is admitted besides: these verified e-mail addresses."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for email in var.oidc_allowed_emails : can(regex("^[^@\\s,]+@[^@\\s,]+$", email))])
    error_message = "oidc_allowed_emails holds addresses such as ada@chu.example."
  }
}

variable "oidc_allowed_claims" {
  description = "Who is admitted besides: whoever has one of these claims, written claim=value, such as groups=pharmacie. A claim that is a list has all its values."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for claim in var.oidc_allowed_claims : can(regex("^[^=,\\s]+=[^,]+$", claim))])
    error_message = "oidc_allowed_claims holds claim=value, such as groups=pharmacie, without commas."
  }

  validation {
    condition = alltrue([
      for claim in var.oidc_allowed_claims :
      !contains(["email", "email_verified", "is_logged_in", "provider", "iss", "aud"], split("=", claim)[0])
    ])
    error_message = "oidc_allowed_claims names what everybody has who signs in, or the e-mail address: use oidc_allowed_emails or oidc_allowed_domains, which ask for a verified one."
  }

  # Lambda, CreateFunction: all variables of a function have 4 KB together.
  validation {
    condition     = length(join(",", concat(var.oidc_allowed_domains, var.oidc_allowed_emails, var.oidc_allowed_claims))) <= 2048
    error_message = "The lists of who is admitted have 2048 characters together. Admit a group of the provider instead: oidc_allowed_claims."
  }

  validation {
    condition     = var.access != "oidc" || length(concat(var.oidc_allowed_domains, var.oidc_allowed_emails, var.oidc_allowed_claims)) > 0
    error_message = "With access = \"oidc\", at least one of oidc_allowed_domains, oidc_allowed_emails and oidc_allowed_claims says who is admitted: a provider may know the whole world."
  }
}

variable "login_hours" {
  description = "Hours after which a person signs in again, whatever they did meanwhile."
  type        = number
  default     = 10
  nullable    = false

  validation {
    condition     = var.login_hours > 0 && var.login_hours <= 720
    error_message = "login_hours is above 0 and at most 720, 30 days."
  }
}

variable "public_url" {
  description = "The address under which browsers know the page, such as https://page.chu.example; null for that of what stands in front."
  type        = string
  default     = null

  validation {
    condition     = var.public_url == null || can(regex("^https?://[a-z0-9.-]+(:[0-9]+)?$", var.public_url))
    error_message = "public_url is an address such as https://page.chu.example, without a path or a final slash."
  }
}

# ------------------------------------------------------------------------------------------------ front

variable "front" {
  description = "What turns requests into invocations: http_api, a buffered HTTP API; function_url, a function URL that streams answers and that CloudFront alone may ask."
  type        = string
  default     = "http_api"
  nullable    = false

  validation {
    condition     = contains(["http_api", "function_url"], var.front)
    error_message = "front is http_api or function_url."
  }

  validation {
    condition     = var.front != "function_url" || var.cloudfront
    error_message = "front = \"function_url\" is reached through CloudFront only: add cloudfront = true. A function URL for everybody is never made."
  }
}

variable "cloudfront" {
  description = "Whether CloudFront stands in front: it keeps the page's files near the readers, and nobody reaches the function past it."
  type        = bool
  default     = false
  nullable    = false
}

variable "waf" {
  description = "Whether a web firewall (AWS WAF) looks at what reaches CloudFront: rules that AWS manages, and a limit for each address."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !var.waf || var.cloudfront
    error_message = "waf stands before CloudFront, since an HTTP API can't carry it: add cloudfront = true."
  }
}

variable "waf_requests_per_5_min" {
  description = "Requests that the firewall lets one address send in five minutes. All readers of a hospital may share one."
  type        = number
  default     = 20000
  nullable    = false

  validation {
    condition     = var.waf_requests_per_5_min >= 10 && var.waf_requests_per_5_min <= 2000000000 && floor(var.waf_requests_per_5_min) == var.waf_requests_per_5_min
    error_message = "waf_requests_per_5_min is a whole number from 10 to 2000000000, AWS WAF's own limits."
  }
}

variable "origin_secret" {
  description = "Number of the secret by which the function knows CloudFront. One more changes it without an interruption; never go on by more than one at once."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.origin_secret >= 1 && floor(var.origin_secret) == var.origin_secret
    error_message = "origin_secret is a whole number from 1 on: one more than it was makes the next secret count."
  }
}

variable "domain_name" {
  description = "A name of one's own for the page, such as page.chu.example; null for the address that AWS gives."
  type        = string
  default     = null

  validation {
    condition     = var.domain_name == null || can(regex("^[a-z0-9-]+(\\.[a-z0-9-]+)+$", var.domain_name))
    error_message = "domain_name is a name such as page.chu.example, in lower case and without https://."
  }

  validation {
    condition     = var.domain_name == null || var.certificate_arn != null || var.hosted_zone_id != null
    error_message = "With domain_name, say hosted_zone_id, the zone in Route 53 in which certificate and records are made; or certificate_arn, and let the name lead to the output domain_target."
  }

  validation {
    condition     = var.domain_name != null || (var.certificate_arn == null && var.hosted_zone_id == null)
    error_message = "certificate_arn and hosted_zone_id belong to a name: add domain_name."
  }
}

variable "hosted_zone_id" {
  description = "The zone in Route 53 that domain_name belongs to: certificate and records are made in it. null where somebody else looks after the name."
  type        = string
  default     = null

  validation {
    condition     = var.hosted_zone_id == null || can(regex("^[A-Z0-9]{1,32}$", var.hosted_zone_id))
    error_message = "hosted_zone_id is a zone's id, such as Z0123456789ABCDEFGHIJ: `aws route53 list-hosted-zones` names them."
  }
}

variable "certificate_arn" {
  description = "The certificate of domain_name in ACM: in us-east-1 with CloudFront, else in aws_region. null to have one made, in hosted_zone_id."
  type        = string
  default     = null

  validation {
    condition = var.certificate_arn == null || try(
      regex("^arn:[a-z-]+:acm:([a-z0-9-]+):[0-9]{12}:certificate/", var.certificate_arn)[0] == (var.cloudfront ? "us-east-1" : var.aws_region),
      false,
    )
    error_message = "certificate_arn is a certificate of ACM in ${var.cloudfront ? "us-east-1, from where CloudFront takes it" : "${var.aws_region}, the API's region"}: arn:aws:acm:${var.cloudfront ? "us-east-1" : var.aws_region}:ACCOUNT:certificate/ID."
  }
}

# ------------------------------------------------------------------------------------------------ function

variable "live_version" {
  description = "Published version that the alias live points at; null for the version that this apply publishes."
  type        = string
  default     = null

  validation {
    condition     = var.live_version == null || can(regex("^[1-9][0-9]*$", var.live_version))
    error_message = "live_version is the number of a published version, such as 7, or null."
  }
}

variable "memory_size_mb" {
  description = "Memory of one instance, in MB. Lambda gives processor time in proportion: 1769 MB are one full vCPU."
  type        = number
  default     = 2048
  nullable    = false

  validation {
    condition     = var.memory_size_mb >= 128 && var.memory_size_mb <= 10240 && floor(var.memory_size_mb) == var.memory_size_mb
    error_message = "memory_size_mb is a whole number from 128 to 10240."
  }
}

variable "timeout_s" {
  description = "Longest run of one invocation, in seconds. A request through the API ends after 30 s all the same."
  type        = number
  default     = 300
  nullable    = false

  validation {
    condition     = var.timeout_s >= 1 && var.timeout_s <= 900 && floor(var.timeout_s) == var.timeout_s
    error_message = "timeout_s is a whole number from 1 to 900."
  }
}

variable "architecture" {
  description = "Processor of the function, which is that of the image: x86_64 or arm64."
  type        = string
  default     = "x86_64"
  nullable    = false

  validation {
    condition     = contains(["x86_64", "arm64"], var.architecture)
    error_message = "architecture is x86_64 or arm64."
  }
}

# ------------------------------------------------------------------------------------------------ encryption

variable "customer_key" {
  description = "Whether logs, sessions, alarms and the function's environment are encrypted with a KMS key of the stack's own, which it makes and rotates."
  type        = bool
  default     = false
  nullable    = false
}

variable "kms_key_arn" {
  description = "A KMS key of yours for the same, instead of one that the stack makes; its policy is yours: see terraform/README.md. null is none."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null ? true : can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", var.kms_key_arn))
    error_message = "kms_key_arn is a key's ARN, such as arn:aws:kms:eu-west-3:123456789012:key/…; an alias is none (aws kms describe-key prints it)."
  }

  validation {
    condition     = var.kms_key_arn == null || !var.customer_key
    error_message = "kms_key_arn names a key, and customer_key makes one: say one of the two."
  }

  # All that it encrypts is in one region, and takes a key of that region only.
  validation {
    condition     = var.kms_key_arn == null ? true : try(split(":", var.kms_key_arn)[3] == var.aws_region, true)
    error_message = "The key of kms_key_arn is not in aws_region (${var.aws_region}). Make one there."
  }
}

variable "previous_kms_key" {
  description = "The key that was used before, while something that the function reads is under it: what kms_key_arn was, or \"customer_key\" for the one that the stack made, which stays so long. null is none."
  type        = string
  default     = null

  validation {
    condition     = var.previous_kms_key == null ? true : can(regex("^(customer_key|arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+)$", var.previous_kms_key))
    error_message = "previous_kms_key is the ARN that kms_key_arn was, or \"customer_key\"."
  }
}

# ------------------------------------------------------------------------------------------------ concurrency

variable "provisioned_concurrency" {
  description = "Instances that wait ready, so that nobody meets a cold start; each costs by the hour, used or not. 0 is none."
  type        = number
  default     = 0
  nullable    = false

  validation {
    condition     = var.provisioned_concurrency >= 0 && floor(var.provisioned_concurrency) == var.provisioned_concurrency
    error_message = "provisioned_concurrency is a whole number, such as 1, or 0 for none."
  }

  # Lambda, PutProvisionedConcurrencyConfig.
  validation {
    condition     = var.reserved_concurrency == -1 || var.provisioned_concurrency <= var.reserved_concurrency
    error_message = "provisioned_concurrency is ${var.provisioned_concurrency}, and reserved_concurrency lets only ${var.reserved_concurrency} run: set it to at least as many, or to -1."
  }
}

variable "snapstart" {
  description = "Whether instances start from a snapshot of one that has started, instead of from the beginning: faster, and a publication takes minutes longer."
  type        = bool
  default     = false
  nullable    = false

  # Lambda developer guide, "Improving startup performance with Lambda SnapStart", unsupported features.
  validation {
    condition     = !var.snapstart || var.provisioned_concurrency == 0
    error_message = "Lambda keeps no instances of a version with SnapStart ready. Set snapstart = false, or provisioned_concurrency = 0."
  }
}

variable "reserved_concurrency" {
  description = "Most invocations that run at once, jobs included, kept free from the account's other functions; more are answered with 503. -1 is no limit but the account's."
  type        = number
  default     = -1
  nullable    = false

  # 0 would be a function that never runs. Lambda keeps 100 of the account's 1,000 for all others.
  validation {
    condition     = var.reserved_concurrency == -1 || (var.reserved_concurrency >= 1 && floor(var.reserved_concurrency) == var.reserved_concurrency)
    error_message = "reserved_concurrency is a whole number from 1, or -1 for no limit of its own."
  }

  # A page waits for its jobs: with as few, the reports of one reader keep everybody from the page.
  validation {
    condition     = var.reserved_concurrency == -1 || var.reserved_concurrency > var.jobs_at_once
    error_message = "reserved_concurrency is ${var.reserved_concurrency}, and one reader's reports may take ${var.jobs_at_once} of them (jobs_at_once): nobody could open the page meanwhile. Raise the one or lower the other."
  }
}

# ------------------------------------------------------------------------------------------------ alarms

variable "alarm_emails" {
  description = "Who is told by e-mail when something is wrong; each address has to confirm a message from AWS. [] is no alarms."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for email in var.alarm_emails : can(regex("^[^@\\s,]+@[^@\\s,]+\\.[^@\\s,]+$", email))])
    error_message = "alarm_emails holds addresses such as [\"on-call@chu.example\"]."
  }
}

variable "alarm_errors" {
  description = "Failed runs of the function in 5 minutes from which on the alarm rings."
  type        = number
  default     = 3
  nullable    = false

  validation {
    condition     = var.alarm_errors >= 1 && floor(var.alarm_errors) == var.alarm_errors
    error_message = "alarm_errors is a whole number from 1, such as 3."
  }
}

variable "alarm_throttles" {
  description = "Runs that Lambda refused in 5 minutes from which on the alarm rings."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.alarm_throttles >= 1 && floor(var.alarm_throttles) == var.alarm_throttles
    error_message = "alarm_throttles is a whole number from 1."
  }
}

variable "alarm_latency_p99_ms" {
  description = "Milliseconds that the slowest request in a hundred takes, for 15 minutes, from which on the alarm rings."
  type        = number
  default     = 8000
  nullable    = false

  # An HTTP API answers after 30 s itself.
  validation {
    condition     = var.alarm_latency_p99_ms >= 100 && var.alarm_latency_p99_ms < 30000
    error_message = "alarm_latency_p99_ms is from 100 to 29999: after 30 s the API gives up, and alarm_5xx counts that."
  }
}

variable "alarm_5xx" {
  description = "Answers of the address with a status of 500 or above in 5 minutes from which on the alarm rings."
  type        = number
  default     = 5
  nullable    = false

  validation {
    condition     = var.alarm_5xx >= 1 && floor(var.alarm_5xx) == var.alarm_5xx
    error_message = "alarm_5xx is a whole number from 1, such as 5."
  }
}

variable "monthly_budget_usd" {
  description = "US dollars that the whole account may cost in a month: told at 80 % of them, and when the forecast is above. null is no budget."
  type        = number
  default     = null

  validation {
    condition     = var.monthly_budget_usd == null ? true : var.monthly_budget_usd > 0
    error_message = "monthly_budget_usd is above 0, such as 50, or null for no budget."
  }

  validation {
    condition     = var.monthly_budget_usd == null || length(var.alarm_emails) > 0
    error_message = "monthly_budget_usd tells nobody. Say whom: alarm_emails = [\"on-call@chu.example\"]."
  }
}

# ------------------------------------------------------------------------------------------------ API

variable "api_rate_limit_rps" {
  description = "Requests per second that the API lets through, over time. More are answered with 429."
  type        = number
  default     = 200
  nullable    = false

  validation {
    condition     = var.api_rate_limit_rps >= 1 && var.api_rate_limit_rps <= 10000
    error_message = "api_rate_limit_rps is from 1 to 10000, the quota of an account."
  }
}

variable "api_burst_limit" {
  description = "Requests that the API lets through at once. A first visit asks for 5 files, or for some 80 where their packs were not built."
  type        = number
  default     = 500
  nullable    = false

  validation {
    condition     = var.api_burst_limit >= 1 && var.api_burst_limit <= 5000 && floor(var.api_burst_limit) == var.api_burst_limit
    error_message = "api_burst_limit is a whole number from 1 to 5000, the quota of an account."
  }
}

variable "cors_allow_origins" {
  description = "Origins whose pages may read the API's answers, without credentials. The page itself needs none; [] turns CORS off."
  type        = list(string)
  default     = ["*"]
  nullable    = false

  validation {
    condition     = alltrue([for origin in var.cors_allow_origins : origin == "*" || can(regex("^https?://[a-z0-9.-]+(:[0-9]+)?$", origin))])
    error_message = "cors_allow_origins holds \"*\" or origins such as https://pharmacy.example, without a path or a final slash."
  }
}

# ------------------------------------------------------------------------------------------------ logs

variable "log_retention_days" {
  description = "Days that CloudWatch keeps the function's log and the API's access log."
  type        = number
  default     = 7
  nullable    = false

  # CloudWatch Logs, PutRetentionPolicy. Its 0, for ever, is left out on purpose.
  validation {
    condition = contains(
      [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
      var.log_retention_days,
    )
    error_message = "log_retention_days is a period that CloudWatch Logs knows: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365 …"
  }
}

# ------------------------------------------------------------------------------------------------ recovery

variable "adopt" {
  description = "Resources that exist and that the state should take over: address => id, as terraform import takes it."
  type        = map(string)
  default     = {}
  nullable    = false
}
