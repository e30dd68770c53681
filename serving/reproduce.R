# Calculates score and interval of each figure again from its counts, and compares them with what was published.
# Needs nothing but R:  Rscript reproduce.R

folder <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE)[1]))
figures <- read.csv(
  file.path(if (is.na(folder)) "." else folder, "figures.csv"),
  na.strings = "", encoding = "UTF-8", stringsAsFactors = FALSE
)

z <- 1.959963984540054
n <- figures$promoters + figures$passives + figures$detractors
nps <- 100 * (figures$promoters - figures$detractors) / n

# Adjusted Wald (3, T): three quarters of an answer to promoters and detractors, one and a half to passives.
p <- (figures$promoters + 0.75) / (n + 3)
d <- (figures$detractors + 0.75) / (n + 3)
margin <- z * sqrt((p + d - (p - d)^2) / (n + 3))
low <- pmax(-100, 100 * (p - d - margin))
high <- pmin(100, 100 * (p - d + margin))

differs <- function(again, published) {
  shown <- !is.na(published)
  if (any(shown & is.na(again))) Inf else max(0, abs(again - published)[shown])
}
largest <- max(
  differs(n, ifelse(is.na(n), NA, figures$responses)),
  differs(nps, figures$nps), differs(low, figures$nps_low), differs(high, figures$nps_high)
)
cat(sprintf(
  "%d figures, %d with a score, %d with an interval; largest difference %.1e\n",
  nrow(figures), sum(!is.na(figures$nps)), sum(!is.na(figures$nps_low)), largest
))
if (largest > 1e-9) stop("these figures are not those of their counts")
