# The containers. A root that cannot be written to, no capabilities, the image's own user without rights.

locals {
  # A log that cannot be shipped must not stop the service.
  log_options = {
    for name, group in aws_cloudwatch_log_group.this : name => {
      logDriver = "awslogs"
      options = {
        awslogs-group         = group.name
        awslogs-region        = local.region
        awslogs-stream-prefix = "task"
        mode                  = "non-blocking"
        max-buffer-size       = "8m"
      }
    }
  }

  hardened = {
    essential              = true
    user                   = "10001:10001"
    readonlyRootFilesystem = true
    linuxParameters        = { capabilities = { drop = ["ALL"] } }
    ulimits                = [{ name = "nofile", softLimit = 65536, hardLimit = 65536 }]
    # What ECS gives at most. DRAIN_SECONDS is less.
    stopTimeout = 120
  }

  # Stopped in the opposite order: the collector hears of the drain.
  after_collector = { dependsOn = [{ containerName = "collector", condition = "START" }] }

  cdn_environment = var.storage.cdn == null ? {} : {
    CDN_URL         = var.storage.cdn.url
    CDN_KEY_PAIR_ID = var.storage.cdn.key_pair_id
  }

  # The API alone signs links.
  api_only        = ["LINK_SECRET", "CDN_PRIVATE_KEY"]
  database_only   = { DATABASE_URL = var.secrets["DATABASE_URL"] }
  worker_secrets  = { for name, arn in var.secrets : name => arn if !contains(local.api_only, name) }
  api_environment = merge(local.environment, local.cdn_environment, { HOST = "0.0.0.0", AUTH = "keys", TRUSTED_PROXIES = join(",", var.network.public_cidrs) })
  worker_environment = merge(
    local.environment,
    {
      WORKER_CONCURRENCY = tostring(max(1, floor(var.worker.cpu / 512)))
      # The only place that can be written to.
      TMPDIR = "/var/lib/vidferry"
    },
    # Without a way out of their own they send no webhooks: the API does.
    local.proxied ? { PROXY_URL = "http://egress.${var.name}.internal:3128", WEBHOOK_DELIVERY = "off" } : {},
  )

  api_container = merge(local.hardened, local.after_collector, {
    name             = "api"
    image            = var.images.api
    command          = ["api"]
    environment      = [for name, value in local.api_environment : { name = name, value = value }]
    secrets          = [for name, arn in var.secrets : { name = name, valueFrom = arn }]
    portMappings     = [{ containerPort = 8080, protocol = "tcp" }]
    logConfiguration = local.log_options["api"]
    healthCheck = {
      command     = ["CMD", "bun", "-e", "const r = await fetch('http://127.0.0.1:8080/livez'); process.exit(r.ok ? 0 : 1)"]
      interval    = 15
      timeout     = 5
      retries     = 3
      startPeriod = 60
    }
  })

  worker_container = merge(local.hardened, local.after_collector, {
    name             = "worker"
    image            = var.images.worker
    command          = ["worker"]
    environment      = [for name, value in local.worker_environment : { name = name, value = value }]
    secrets          = [for name, arn in local.worker_secrets : { name = name, valueFrom = arn }]
    mountPoints      = [{ sourceVolume = "work", containerPath = "/var/lib/vidferry", readOnly = false }]
    logConfiguration = local.log_options["worker"]
    healthCheck = {
      command     = ["CMD-SHELL", "test $(( $(date +%s) - $(stat -c %Y /var/lib/vidferry/.alive) )) -lt 60"]
      interval    = 15
      timeout     = 5
      retries     = 3
      startPeriod = 90
    }
  })

  migrate_container = merge(local.hardened, {
    name             = "migrate"
    image            = var.images.api
    command          = ["migrate"]
    environment      = [{ name = "LOG_LEVEL", value = "info" }]
    secrets          = [for name, arn in local.database_only : { name = name, valueFrom = arn }]
    logConfiguration = local.log_options["migrate"]
  })

  # Not essential: a collector that fails or hangs stops no job.
  collector_container = {
    name                   = "collector"
    image                  = var.images.collector
    essential              = false
    cpu                    = 64
    memory                 = 192
    readonlyRootFilesystem = true
    linuxParameters        = { capabilities = { drop = ["ALL"] } }
    environment            = [{ name = "AOT_CONFIG_CONTENT", value = local.collector_config }]
    logConfiguration       = local.log_options["collector"]
    stopTimeout            = 120
  }
}
