/** What the page says about accounts: their facts, and the fields and values of these. */

/** @type {Record<string, string[]>} */
export const ACCOUNT_WORDS = {
  'fact.identity.account-added': ['Thêm tài khoản', 'Account added'],
  'fact.identity.clearance-set': ['Đặt mức được xem', 'Clearance set'],
  'fact.identity.role-granted': ['Giao vai trò', 'Role granted'],
  'fact.identity.grant-ended': ['Chấm dứt vai trò', 'Grant ended'],
  'fact.identity.account-disabled': ['Khóa tài khoản', 'Account disabled'],
  'fact.identity.account-enabled': ['Mở lại tài khoản', 'Account enabled'],
  'fact.identity.sign-in-method-changed': ['Đổi cách đăng nhập', 'Sign-in method changed'],
  'fact.identity.api-token-issued': ['Cấp token', 'API token issued'],
  'fact.identity.api-token-revoked': ['Thu hồi token', 'API token revoked'],
  'field.account': ['Tài khoản', 'Account'],
  'field.login': ['Tên đăng nhập', 'Login'],
  'field.grant': ['Mã phân quyền', 'Grant'],
  'field.everywhere': ['Toàn bộ', 'Everywhere'],
  'field.bodies': ['Cấp quản lý', 'Managing bodies'],
  'field.starts': ['Từ ngày', 'First day'],
  'field.ends': ['Đến ngày', 'Last day'],
  'field.granted_by': ['Người giao', 'Granted by'],
  'field.delegated_from': ['Ủy quyền từ', 'Delegated from'],
  'field.method': ['Cách đăng nhập', 'Sign-in method'],
  'field.removed': ['Đã bỏ', 'Removed'],
  'field.token': ['Token', 'Token'],
  'field.label': ['Dùng để', 'Label'],
  'field.scopes': ['Được làm', 'Scopes'],
};
