/** Chia's public certificate authority, under which every node's certificate must stand. */

/** Who signs the certificates of a network's nodes. PEM texts. */
export interface Authority {
  /** What a file with one of its certificates is called. */
  readonly name: string;
  readonly certPem: string;
  /** With it certificates can be made. */
  readonly keyPem?: string;
}

/** SHA-256 of the certificate below. */
export const CHIA_AUTHORITY_FINGERPRINT = "0C:3C:02:42:7F:37:8A:44:D6:A0:12:36:8C:53:CB:83:0B:DA:2F:82:0E:93:78:2F:F5:4A:DF:54:EB:68:34:CE";

/**
 * Chia-Network/chia-blockchain chia/ssl/chia_ca.crt of 2.7.3. Its key is published beside it (chia_ca.key), so that anybody can make a node: a certificate
 * shows that a peer takes part, not who it is. It is renewed with the same key and name, so leaves signed before verify too. The key is not kept here.
 */
export const CHIA_AUTHORITY: Authority = {
  name: "chia",
  certPem: `\
-----BEGIN CERTIFICATE-----
MIIDyzCCArOgAwIBAgIUXIpxI5MoZQ65/vhc7DK/d5ymoMUwDQYJKoZIhvcNAQEL
BQAwRDENMAsGA1UECgwEQ2hpYTEQMA4GA1UEAwwHQ2hpYSBDQTEhMB8GA1UECwwY
T3JnYW5pYyBGYXJtaW5nIERpdmlzaW9uMB4XDTI1MTExOTIxMDg1MFoXDTM3MTIz
MTIxMDg1MFowRDENMAsGA1UECgwEQ2hpYTEQMA4GA1UEAwwHQ2hpYSBDQTEhMB8G
A1UECwwYT3JnYW5pYyBGYXJtaW5nIERpdmlzaW9uMIIBIjANBgkqhkiG9w0BAQEF
AAOCAQ8AMIIBCgKCAQEAzz/L219Zjb5CIKnUkpd2julGC+j3E97KUiuOalCH9wdq
gpJi9nBqLccwPCSFXFew6CNBIBM+CW2jT3UVwgzjdXJ7pgtu8gWj0NQ6NqSLiXV2
WbpZovfrVh3x7Z4bjPgI3ouWjyehUfmK1GPIld4BfUSQtPlUJ53+XT32GRizUy+b
0CcJ84jp1XvyZAMajYnclFRNNJSw9WXtTlMUu+Z1M4K7c4ZPwEqgEnCgRc0TCaXj
180vo7mCHJQoDiNSCRATwfH+kWxOOK/nePkq2t4mPSFaX8xAS4yILISIOWYn7sNg
dy9D6gGNFo2SZ0FR3x9hjUjYEV3cPqg3BmNE3DDynQIDAQABo4G0MIGxMA8GA1Ud
EwEB/wQFMAMBAf8wHQYDVR0OBBYEFD4KTvuce45Yfu6qWASlekSwUBZaMH8GA1Ud
IwR4MHaAFD4KTvuce45Yfu6qWASlekSwUBZaoUikRjBEMQ0wCwYDVQQKDARDaGlh
MRAwDgYDVQQDDAdDaGlhIENBMSEwHwYDVQQLDBhPcmdhbmljIEZhcm1pbmcgRGl2
aXNpb26CFFyKcSOTKGUOuf74XOwyv3ecpqDFMA0GCSqGSIb3DQEBCwUAA4IBAQAI
vF2RAVyN5H5BU/OK6icEw8SGGfoaqpSMCQRuSwz9qg3QLDQj8yd5FYs9VECuigdw
i+mVnycT3vAObx+KfsPFlyUpw3RJ0+F53aDy+tW6ykTU94GQeLF5LN528NYLo2vt
YZ/4cGW+wjf+a+qBYjd3bW6HI9QGdJ1/BQhfwxexy4T+x4cleB++/vUFj6ZM1WhM
XRRTC3QzFBOCmTY4y21Mxvh5dOwY9HxK2qvwiO45zRWQ8Z0V95y4rytRqiDbNvFG
Jbs9Iwm8nj6c0Gm6rLkFNZ6OaYhX/5KhX35xE7YYIdorKwi+EKqhDD1jAwDA3q6T
Z4wumksKcqmUZXw9+pYX
-----END CERTIFICATE-----
`,
};
